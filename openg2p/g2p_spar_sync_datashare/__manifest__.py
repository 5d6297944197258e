{
    "name": "OpenG2P SPAR Sync: Event publishing",
    "summary": "Keeps payment addresses out of published events and their jobs",
    "version": "1.0.0",
    "category": "G2P",
    "author": "OpenG2P",
    "website": "https://github.com/openg2p",
    "license": "LGPL-3",
    "depends": ["g2p_spar_sync", "g2p_registry_datashare_websub"],
    "auto_install": True,
}
