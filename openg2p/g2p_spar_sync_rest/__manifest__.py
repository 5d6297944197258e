{
    "name": "OpenG2P SPAR Sync: REST API",
    "summary": "Payment addresses by the registry's REST API",
    "version": "1.0.0",
    "category": "G2P",
    "author": "OpenG2P",
    "website": "https://github.com/openg2p",
    "license": "LGPL-3",
    "depends": ["g2p_spar_sync", "g2p_registry_rest_api"],
    "auto_install": True,
}
