from . import spar_dispatcher
