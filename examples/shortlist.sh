#!/usr/bin/env bash
# From nothing to a ranked shortlist. Needs curl and python3 (to read JSON).
set -euo pipefail
api=${FIRSTINLINE_URL:?}/v1

post() {
    curl -sS --fail-with-body "$api/$1" -d "$2" \
        -H "Authorization: Bearer ${FIRSTINLINE_KEY:?}" -H 'Content-Type: application/json'
}
pick() { python3 -c "import json, sys; print(json.load(sys.stdin)$1)"; }

position=$(post positions '{"title": "Internship", "job_family": "sales"}' | pick '["id"]')
candidate=$(post candidates '{"full_name": "Sam Porter"}' | pick '["id"]')
application=$(post applications \
    "{\"candidate_id\": \"$candidate\", \"position_id\": \"$position\"}" | pick '["id"]')
post "applications/$application/reject" \
    '{"rejected_at": "2018-10-04T16:00:00Z", "reason": "Not yet", "follow_ups_invited": "yes",
      "keep_in_touch": {"granted": true}, "advice": [{"text": "A job with customers"}]}' >/dev/null
post "candidates/$candidate/follow-ups" \
    '{"occurred_at": "2019-04-08T15:00:00Z", "channel": "email",
      "milestones": [{"kind": "job", "title": "Waiter"}]}' >/dev/null
post "positions/$position/shortlists" '{"as_of": "2019-05-13T09:00:00Z"}' |
    pick '["entries"][0]["candidate"]["full_name"]'
