{
    "name": "OpenG2P SPAR Sync: Registration portal",
    "summary": "Enumerators hand in payment addresses in the registration portal's forms",
    "version": "1.0.0",
    "category": "G2P",
    "author": "OpenG2P",
    "website": "https://github.com/openg2p",
    "license": "LGPL-3",
    "depends": ["g2p_spar_sync", "g2p_registration_portal_base"],
    "data": ["views/section_templates.xml", "views/result_templates.xml"],
    "auto_install": True,
}
