{
    "name": "SPAR benchmark: one job for each registrant",
    "summary": "The pattern that the dispatcher is measured against. For the benchmark only.",
    "version": "1.0.0",
    "author": "OpenG2P",
    "website": "https://github.com/openg2p",
    "license": "LGPL-3",
    "depends": ["g2p_spar_sync"],
    "installable": True,
}
