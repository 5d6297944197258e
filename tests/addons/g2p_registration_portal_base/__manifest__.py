{
    "name": "Stand-in for g2p_registration_portal_base (tests only)",
    "summary": "The contract of the registration portal: four forms that write what is posted",
    "version": "1.0.0",
    "category": "Hidden",
    "author": "OpenG2P",
    "website": "https://github.com/openg2p",
    "license": "LGPL-3",
    "depends": ["g2p_agent_portal_base", "g2p_registry_membership"],
    "data": [
        "views/forms.xml",
    ],
}
