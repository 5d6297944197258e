import jq
import requests

TIMEOUT = 10


class OdkClient:
    """Hands what the mapping makes of each submission to ``create``, and keeps the rest."""

    def __init__(self, odk_import):
        config = odk_import.odk_config
        self.env = odk_import.env
        self.mapping = odk_import.json_formatter
        self.target = odk_import.target_registry
        self.url = (
            f"{config.base_url}/v1/projects/{config.project}/forms/{config.form_id}.svc/Submissions"
        )

    def create_all(self):
        for submission in self._get(self.url):
            self._create(submission)

    def create_one(self, instance):
        for submission in self._get(f"{self.url}('{instance}')"):
            self._create(submission)

    @staticmethod
    def _get(url):
        return requests.get(url, timeout=TIMEOUT).json()["value"]

    def _create(self, submission):
        mapped = jq.first(self.mapping, submission)
        mapped.update({"is_registrant": True, "is_group": self.target == "group"})
        if mapped.get("group_membership_ids") and self.target == "group":
            mapped["group_membership_ids"] = [
                (0, 0, {"individual": self._member(member)})
                for member in mapped["group_membership_ids"]
            ]
        self.env["res.partner"].sudo().create(mapped)

    def _member(self, member):
        # Everything but the name is dropped, as upstream drops payment fields.
        vals = {"name": member.get("name"), "is_registrant": True, "is_group": False}
        return self.env["res.partner"].sudo().create(vals).id
