from . import spar_worker
from . import spar_dispatcher
from . import spar_reconciler
