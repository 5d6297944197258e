{
    "name": "Stand-in for g2p_registry_membership (tests only)",
    "summary": "The contract of households' members and heads",
    "version": "1.0.0",
    "category": "Hidden",
    "author": "OpenG2P",
    "website": "https://github.com/openg2p",
    "license": "LGPL-3",
    "depends": ["g2p_registry_individual", "g2p_registry_group"],
    "data": [
        "data/kinds.xml",
        "security/ir.model.access.csv",
    ],
}
