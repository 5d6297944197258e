from . import test_publishing
