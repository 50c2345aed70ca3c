"""Import the connections that LinkedIn exports, list some of them, and export vCards.

Run it: python examples/import_and_list.py [Connections.csv]
"""

import sys
import tempfile
from pathlib import Path

from sqlmodel import col, select

from netcrm import Contact, Crm

file = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "Connections.csv"

with Crm(memory=True) as crm:
    report = crm.import_linkedin(file)
    print(f"{report.added} people, {len(report.problems)} problems")
    for problem in report.problems:
        print(f"  line {problem.line}: {problem.message}")

    print("At Birchwater:", ", ".join(contact.name for contact in crm.contacts(company="Birchwater")))

    with crm.session() as session:
        newest = session.exec(select(Contact).order_by(col(Contact.connected_on).desc()).limit(3)).all()
    print("Newest:", ", ".join(f"{contact.name} ({contact.connected_on})" for contact in newest))

    with tempfile.TemporaryDirectory() as folder:
        cards = Path(folder) / "everyone.vcf"
        print(f"{crm.export_vcard(cards)} vCards, {cards.read_text(encoding='utf-8').count('BEGIN:VCARD')} in the file")
