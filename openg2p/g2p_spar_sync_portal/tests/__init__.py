from . import test_attacks
from . import test_forms
from . import test_responsible
