"""Start a new job, and tell the people whose offers you declined how to reach you.

When the first day moves by two weeks, every follow-up that depends on it moves too.

Run it: python examples/new_job.py
"""

from datetime import date

from netcrm import Crm

with Crm(memory=True, today=date(2026, 11, 23)) as crm:
    crm.add_offer("Acme Robotics", people=["Dana Wu <dana@acme.example>:recruiter"])
    crm.decline("Acme", because="location")
    crm.add_offer("Globex Analytics", role="Team Lead")
    crm.accept("Globex", starts_on=date(2027, 1, 4))

    crm.job_started(date(2027, 1, 4), email="robin@globex.example", phone="+49 30 5550100")
    print("New details due:", [str(step.due) for step in crm.plan("Dana") if step.playbook == "new-job"])

    crm.job_started(date(2027, 1, 18))
    print("The start moved:", [str(step.due) for step in crm.plan("Dana") if step.playbook == "new-job"])

    crm.job_settled(date(2027, 2, 1))
    print("Settled early: ", [str(step.due) for step in crm.plan("Dana") if step.playbook == "new-job"])
