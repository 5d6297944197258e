{
    "name": "Stand-in for g2p_registry_base (tests only)",
    "summary": "The contract of registrants and their ids, for tests without the registry",
    "version": "1.0.0",
    "category": "Hidden",
    "author": "OpenG2P",
    "website": "https://github.com/openg2p",
    "license": "LGPL-3",
    "depends": ["contacts"],
    "data": [
        "security/groups.xml",
        "security/ir.model.access.csv",
    ],
}
