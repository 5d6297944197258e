{
    "name": "Stand-in for g2p_registry_group (tests only)",
    "summary": "The contract of households' form",
    "version": "1.0.0",
    "category": "Hidden",
    "author": "OpenG2P",
    "website": "https://github.com/openg2p",
    "license": "LGPL-3",
    "depends": ["g2p_registry_base"],
    "data": [
        "views/groups.xml",
    ],
}
