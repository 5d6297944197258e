{
    "name": "OpenG2P SPAR Sync: ODK",
    "summary": "Marks what ODK imports hand in, and reports what became of it",
    "version": "1.0.0",
    "category": "G2P",
    "author": "OpenG2P",
    "website": "https://github.com/openg2p",
    "license": "LGPL-3",
    "depends": ["g2p_spar_sync", "g2p_odk_importer"],
    "external_dependencies": {"python": ["jq"]},
    "data": [
        "security/ir.model.access.csv",
        "views/spar_odk_run_views.xml",
    ],
    "auto_install": True,
}
