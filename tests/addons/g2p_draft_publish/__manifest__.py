{
    "name": "Stand-in for g2p_draft_publish (tests only)",
    "summary": "The contract of drafts: what was typed, as open JSON, until published",
    "version": "1.0.0",
    "category": "Hidden",
    "author": "OpenG2P",
    "website": "https://github.com/openg2p",
    "license": "LGPL-3",
    "depends": ["g2p_registry_individual"],
    "data": [
        "security/ir.model.access.csv",
    ],
}
