from . import g2p_datashare_config_websub
