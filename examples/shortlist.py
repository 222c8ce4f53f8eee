"""From nothing to a ranked shortlist. Needs httpx."""

import os
from typing import Any

import httpx

URL, KEY = os.environ["FIRSTINLINE_URL"], os.environ["FIRSTINLINE_KEY"]
ME = {"full_name": "Sam Porter"}
REJECTION = {
    "rejected_at": "2018-10-04T16:00:00Z",
    "reason": "Not yet",
    "follow_ups_invited": "yes",
    "keep_in_touch": {"granted": True},
    "advice": [{"text": "A job with customers"}],
}
LETTER = {
    "occurred_at": "2019-04-08T15:00:00Z",
    "channel": "email",
    "milestones": [{"kind": "job", "title": "Waiter"}],
}

with httpx.Client(base_url=f"{URL}/v1/", headers={"Authorization": f"Bearer {KEY}"}) as http:

    def post(path: str, body: dict[str, Any]) -> Any:
        """Send one thing; what goes wrong is said in the answer's `detail` and `errors`."""
        answer = http.post(path, json=body)
        if answer.is_error:
            raise SystemExit(answer.text)
        return answer.json()

    position = post("positions", {"title": "Internship", "job_family": "sales"})["id"]
    candidate = post("candidates", ME)["id"]
    tried = {"candidate_id": candidate, "position_id": position}
    application = post("applications", tried)["id"]
    post(f"applications/{application}/reject", REJECTION)
    post(f"candidates/{candidate}/follow-ups", LETTER)
    made = post(f"positions/{position}/shortlists", {"as_of": "2019-05-13T09:00:00Z"})
    print(made["entries"][0]["candidate"]["full_name"])
