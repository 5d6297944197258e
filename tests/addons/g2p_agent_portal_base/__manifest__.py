{
    "name": "Stand-in for g2p_agent_portal_base (tests only)",
    "summary": "The layout of the agents' portal",
    "version": "1.0.0",
    "category": "Hidden",
    "author": "OpenG2P",
    "website": "https://github.com/openg2p",
    "license": "LGPL-3",
    "depends": ["web"],
    "data": [
        "views/base.xml",
    ],
}
