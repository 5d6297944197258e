{
    "name": "Stand-in for g2p_registry_datashare_websub (tests only)",
    "summary": "The contract of event publishing: each write's values go into a job",
    "version": "1.0.0",
    "category": "Hidden",
    "author": "OpenG2P",
    "website": "https://github.com/openg2p",
    "license": "LGPL-3",
    "data": ["security/ir.model.access.csv"],
    "depends": ["queue_job", "g2p_registry_base"],
}
