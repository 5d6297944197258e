from . import test_drafts
