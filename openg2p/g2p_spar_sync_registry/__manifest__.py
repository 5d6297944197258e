{
    "name": "OpenG2P SPAR Sync: Registry",
    "summary": "Ids, households and forms of the Social Registry for SPAR Sync",
    "version": "1.0.0",
    "category": "G2P",
    "author": "OpenG2P",
    "website": "https://github.com/openg2p",
    "license": "LGPL-3",
    "depends": [
        "g2p_spar_sync",
        "g2p_registry_base",
        "g2p_registry_individual",
        "g2p_registry_group",
        "g2p_registry_membership",
    ],
    "data": [
        "views/spar_connection_views.xml",
        "views/individual_views.xml",
        "views/group_views.xml",
    ],
    "auto_install": True,
}
