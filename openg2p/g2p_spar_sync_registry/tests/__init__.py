from . import test_filters
from . import test_forms
from . import test_households
from . import test_ids
from . import test_policy
