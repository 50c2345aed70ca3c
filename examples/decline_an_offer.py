"""Decline an offer, and stay in touch with the people you met.

Run it: python examples/decline_an_offer.py
"""

from datetime import date

from netcrm import Crm

with Crm(memory=True, today=date(2026, 11, 23)) as crm:
    crm.add_offer(
        "Acme Robotics",
        role="Staff Engineer",
        received_on=date(2026, 11, 16),
        people=[
            "Dana Wu <dana@acme.example>:recruiter",
            "Sam Okafor <sam@acme.example>:interviewer",
            "Priya Raman <priya@example.org>:referrer",
        ],
    )
    crm.decline("Acme", because="career-path", reason="I want to lead a team")

    print("Today:")
    for follow_up in crm.due():
        print(f"  {follow_up.text}")

    call = crm.due(who="Dana")[0]
    crm.done(call.id, note="She was kind about it, and asked to stay in touch.")

    print("After the call:")
    for follow_up in crm.plan("Acme"):
        print(f"  {follow_up.due or 'later'}: {follow_up.text}")
