{
    "name": "Stand-in for g2p_odk_importer (tests only)",
    "summary": "The contract of the ODK importer: always creates, one by one, re-raises",
    "version": "1.0.0",
    "category": "Hidden",
    "author": "OpenG2P",
    "website": "https://github.com/openg2p",
    "license": "LGPL-3",
    "depends": ["queue_job", "g2p_registry_membership"],
    "external_dependencies": {"python": ["jq"]},
    "data": [
        "security/ir.model.access.csv",
        "views/odk_import.xml",
    ],
}
