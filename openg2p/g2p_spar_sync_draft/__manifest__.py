{
    "name": "OpenG2P SPAR Sync: Drafts",
    "summary": "Keeps payment addresses out of the open JSON of drafts",
    "version": "1.0.0",
    "category": "G2P",
    "author": "OpenG2P",
    "website": "https://github.com/openg2p",
    "license": "LGPL-3",
    "depends": ["g2p_spar_sync", "g2p_draft_publish"],
    "auto_install": True,
}
