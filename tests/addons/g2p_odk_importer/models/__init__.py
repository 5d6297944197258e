from . import odk_config
from . import odk_import
