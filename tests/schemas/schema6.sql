PRAGMA application_id=1313034829;
PRAGMA user_version=6;
BEGIN TRANSACTION;
CREATE TABLE affiliation (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	uid VARCHAR NOT NULL, 
	contact_id INTEGER NOT NULL, 
	organisation VARCHAR NOT NULL, 
	title VARCHAR, 
	since DATE, 
	until DATE, 
	source VARCHAR, 
	CONSTRAINT fk_affiliation_contact_id FOREIGN KEY(contact_id) REFERENCES contact (id)
);
INSERT INTO "affiliation" VALUES(1,'26627981-07f3-48d9-b2ec-e0905a883c2c',1,'Acme Robotics',NULL,NULL,NULL,'me');
INSERT INTO "affiliation" VALUES(2,'bba4215d-9f58-4945-af59-e081cb8ee6ef',2,'Acme Robotics',NULL,NULL,NULL,'me');
INSERT INTO "affiliation" VALUES(4,'af5709bf-28e4-4a55-9511-1cfd3397d1cc',5,'Acme','Lead',NULL,NULL,'linkedin');
INSERT INTO "affiliation" VALUES(5,'b7dca17b-20f8-4dcc-a3d0-cbfc88e9f2de',6,'Initech',NULL,NULL,NULL,'me');
CREATE TABLE change (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	operation_id INTEGER NOT NULL, 
	"table" VARCHAR NOT NULL, 
	"row" INTEGER NOT NULL, 
	last INTEGER NOT NULL, 
	"before" JSON, 
	CONSTRAINT fk_change_operation_id FOREIGN KEY(operation_id) REFERENCES operation (id)
);
INSERT INTO "change" VALUES(1,1,'profile',1,1,NULL);
INSERT INTO "change" VALUES(2,2,'contact',1,1,NULL);
INSERT INTO "change" VALUES(3,2,'contact_method',1,1,NULL);
INSERT INTO "change" VALUES(4,2,'contact_method',2,2,NULL);
INSERT INTO "change" VALUES(5,2,'tag',1,1,NULL);
INSERT INTO "change" VALUES(6,2,'affiliation',1,1,NULL);
INSERT INTO "change" VALUES(7,3,'offer',1,1,NULL);
INSERT INTO "change" VALUES(8,3,'participant',1,1,NULL);
INSERT INTO "change" VALUES(9,3,'contact',2,2,NULL);
INSERT INTO "change" VALUES(10,3,'contact_method',3,3,NULL);
INSERT INTO "change" VALUES(11,3,'affiliation',2,2,NULL);
INSERT INTO "change" VALUES(12,3,'participant',2,2,NULL);
INSERT INTO "change" VALUES(13,3,'contact',3,3,NULL);
INSERT INTO "change" VALUES(14,3,'participant',3,3,NULL);
INSERT INTO "change" VALUES(15,4,'offer',2,2,NULL);
INSERT INTO "change" VALUES(16,4,'contact',4,4,NULL);
INSERT INTO "change" VALUES(17,4,'affiliation',3,3,NULL);
INSERT INTO "change" VALUES(18,4,'participant',4,4,NULL);
INSERT INTO "change" VALUES(19,4,'participant',5,5,NULL);
INSERT INTO "change" VALUES(20,5,'offer',1,1,'{"id": 1, "uid": "2fa85ee3-c3b8-499a-8cfd-690cf1c1231c", "organisation": "Acme Robotics", "role": "Staff Engineer", "received_on": "2026-11-10", "respond_by": null, "decision": null, "decided_on": null, "because": null, "reason": null, "signed_on": null, "cleared_on": null, "starts_on": null}');
INSERT INTO "change" VALUES(21,6,'interaction',1,1,NULL);
INSERT INTO "change" VALUES(22,6,'interaction_contact',1,1,NULL);
INSERT INTO "change" VALUES(23,6,'decision',1,1,NULL);
INSERT INTO "change" VALUES(24,7,'contact',5,5,NULL);
INSERT INTO "change" VALUES(25,7,'contact_method',4,4,NULL);
INSERT INTO "change" VALUES(26,7,'affiliation',4,4,NULL);
INSERT INTO "change" VALUES(27,7,'affiliation',3,3,'{"id": 3, "uid": "af129a9d-d914-473d-ad64-e1b34b218688", "contact_id": 4, "organisation": "Globex Analytics", "title": null, "since": null, "until": null, "source": "me"}');
INSERT INTO "change" VALUES(28,7,'contact',4,4,'{"id": 4, "uid": "4111cc42-8f73-423f-b9c5-186bad28a9bb", "name": "Lena Fischer", "given_name": null, "family_name": null, "company": "Globex Analytics", "title": null, "timezone": null, "birthday": null, "tier": null, "every": null, "notes": null, "connected_on": null, "added_on": "2026-11-23", "dormant_on": null, "dormant_reason": null, "vcard": null, "changed_at": "2026-11-26T18:54:34+00:00"}');
INSERT INTO "change" VALUES(29,7,'contact_method',5,5,NULL);
INSERT INTO "change" VALUES(30,8,'contact',1,1,'{"id": 1, "uid": "9deddcaa-93f1-43c2-9fc0-75f10ed5db0b", "name": "Dana Wu", "given_name": null, "family_name": null, "company": "Acme Robotics", "title": null, "timezone": null, "birthday": null, "tier": null, "every": null, "notes": null, "connected_on": null, "added_on": "2026-11-23", "dormant_on": null, "dormant_reason": null, "vcard": null, "changed_at": "2026-11-26T18:54:34+00:00"}');
INSERT INTO "change" VALUES(31,8,'tag',2,2,NULL);
INSERT INTO "change" VALUES(32,8,'contact',1,1,'{"id": 1, "uid": "9deddcaa-93f1-43c2-9fc0-75f10ed5db0b", "name": "Dana Wu", "given_name": null, "family_name": null, "company": "Acme Robotics", "title": null, "timezone": null, "birthday": "1985-04-12", "tier": null, "every": "3 months", "notes": "Met at a fair", "connected_on": null, "added_on": "2026-11-23", "dormant_on": null, "dormant_reason": null, "vcard": null, "changed_at": "2026-11-26T18:54:34+00:00"}');
INSERT INTO "change" VALUES(33,9,'contact',6,6,NULL);
INSERT INTO "change" VALUES(34,9,'contact_method',6,6,NULL);
INSERT INTO "change" VALUES(35,9,'affiliation',5,5,NULL);
INSERT INTO "change" VALUES(36,10,'interaction',2,2,NULL);
INSERT INTO "change" VALUES(37,10,'interaction_contact',2,2,NULL);
INSERT INTO "change" VALUES(38,10,'interaction_contact',3,3,NULL);
INSERT INTO "change" VALUES(39,11,'decision',2,2,NULL);
INSERT INTO "change" VALUES(40,12,'profile',1,1,'{"id": 1, "name": "Robin Vale", "email": "robin@example.org", "phone": null, "linkedin": null, "timezone": "Europe/Berlin", "country": null, "weekend": "5 6", "quiet_until": null, "per_day": null}');
INSERT INTO "change" VALUES(41,13,'offer',2,2,'{"id": 2, "uid": "f91558d0-2fc9-4e17-87df-8729940cb14e", "organisation": "Globex Analytics", "role": null, "received_on": null, "respond_by": null, "decision": null, "decided_on": null, "because": null, "reason": null, "signed_on": null, "cleared_on": null, "starts_on": null}');
INSERT INTO "change" VALUES(42,14,'job',1,1,NULL);
INSERT INTO "change" VALUES(43,15,'participant',4,4,'{"id": 4, "contact_id": 4, "offer_id": 2, "role": "hiring-manager"}');
INSERT INTO "change" VALUES(44,15,'contact_method',5,5,'{"id": 5, "contact_id": 4, "kind": "linkedin", "value": "https://www.linkedin.com/in/lena", "normalised": "linkedin.com/in/lena", "label": null, "preferred": false}');
INSERT INTO "change" VALUES(45,15,'affiliation',3,3,'{"id": 3, "uid": "af129a9d-d914-473d-ad64-e1b34b218688", "contact_id": 4, "organisation": "Globex Analytics", "title": "Director", "since": null, "until": null, "source": "linkedin"}');
INSERT INTO "change" VALUES(46,15,'contact',4,4,'{"id": 4, "uid": "4111cc42-8f73-423f-b9c5-186bad28a9bb", "name": "Lena Fischer", "given_name": null, "family_name": null, "company": "Globex Analytics", "title": "Director", "timezone": null, "birthday": null, "tier": null, "every": null, "notes": null, "connected_on": "2021-03-06", "added_on": "2026-11-23", "dormant_on": null, "dormant_reason": null, "vcard": null, "changed_at": "2026-11-26T18:54:35+00:00"}');
INSERT INTO "change" VALUES(47,16,'contact',7,7,NULL);
CREATE TABLE contact (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	uid VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	given_name VARCHAR, 
	family_name VARCHAR, 
	company VARCHAR, 
	title VARCHAR, 
	timezone VARCHAR, 
	birthday DATE, 
	tier VARCHAR, 
	every VARCHAR, 
	notes VARCHAR, 
	connected_on DATE, 
	dormant_on DATE, 
	dormant_reason VARCHAR, 
	vcard VARCHAR, 
	changed_at DATETIME NOT NULL, added_on DATE, 
	CONSTRAINT ck_contact_tier CHECK (tier IN ('A', 'B', 'C')), 
	CONSTRAINT uq_contact_uid UNIQUE (uid)
);
INSERT INTO "contact" VALUES(1,'9deddcaa-93f1-43c2-9fc0-75f10ed5db0b','Dana Wu',NULL,NULL,'Acme Robotics',NULL,NULL,'1985-04-12',NULL,'3 months','Met at a fair',NULL,NULL,NULL,NULL,'2026-11-26 18:54:35.000000','2026-11-23');
INSERT INTO "contact" VALUES(2,'9fda956d-f790-416d-8fd1-9aab2972327b','Sam Okafor',NULL,NULL,'Acme Robotics',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'2026-11-26 18:54:34.000000','2026-11-23');
INSERT INTO "contact" VALUES(3,'199c85c5-968b-4a50-b667-4f144fdd1308','Priya Raman',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'2026-11-26 18:54:34.000000','2026-11-23');
INSERT INTO "contact" VALUES(5,'c703bbc5-89df-4ad5-ab21-5ea458473b3b','Ana Silva','Ana','Silva','Acme','Lead',NULL,NULL,NULL,NULL,NULL,'2020-03-05',NULL,NULL,NULL,'2026-11-26 18:54:35.000000','2026-11-23');
INSERT INTO "contact" VALUES(6,'c5ecb7b6-3a62-4197-82d9-7c628c8a397c','Jörg Müller',NULL,NULL,'Initech',NULL,NULL,NULL,'B',NULL,NULL,NULL,NULL,NULL,NULL,'2026-11-26 18:54:35.000000','2026-11-23');
CREATE TABLE contact_method (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	contact_id INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	normalised VARCHAR NOT NULL, 
	label VARCHAR, 
	preferred BOOLEAN NOT NULL, 
	CONSTRAINT ck_contact_method_kind CHECK (kind IN ('email', 'phone', 'url', 'linkedin', 'address', 'im')), 
	CONSTRAINT fk_contact_method_contact_id FOREIGN KEY(contact_id) REFERENCES contact (id)
);
INSERT INTO "contact_method" VALUES(1,1,'email','dana@acme.example','dana@acme.example',NULL,0);
INSERT INTO "contact_method" VALUES(2,1,'phone','+49 30 1234567','+49301234567',NULL,0);
INSERT INTO "contact_method" VALUES(3,2,'email','sam@acme.example','sam@acme.example',NULL,0);
INSERT INTO "contact_method" VALUES(4,5,'linkedin','https://www.linkedin.com/in/anasilva','linkedin.com/in/anasilva',NULL,0);
INSERT INTO "contact_method" VALUES(6,6,'email','joerg@initech.example','joerg@initech.example',NULL,0);
CREATE TABLE decision (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	playbook VARCHAR NOT NULL, 
	step VARCHAR NOT NULL, 
	cause VARCHAR NOT NULL, 
	contact_uid VARCHAR NOT NULL, 
	verdict VARCHAR NOT NULL, 
	day DATE NOT NULL, 
	until DATE, 
	reason VARCHAR, 
	interaction_id INTEGER, 
	snapshot JSON NOT NULL, due DATE, 
	CONSTRAINT ck_decision_verdict CHECK (verdict IN ('done', 'snoozed', 'skipped')), 
	CONSTRAINT fk_decision_interaction_id FOREIGN KEY(interaction_id) REFERENCES interaction (id), 
	CONSTRAINT uq_decision_cause_contact_uid_playbook_step UNIQUE (cause, contact_uid, playbook, step)
);
INSERT INTO "decision" VALUES(1,'graceful-decline','call','offer.declined|offer:2fa85ee3-c3b8-499a-8cfd-690cf1c1231c','9deddcaa-93f1-43c2-9fc0-75f10ed5db0b','done','2026-11-23',NULL,'She was kind about it',1,'{"text": "Call Dana: decline the Staff Engineer offer. Say thank you, give your one reason.", "due": "2026-11-23", "contact": "Dana Wu"}','2026-11-23');
INSERT INTO "decision" VALUES(2,'graceful-decline','referrer','offer.declined|offer:2fa85ee3-c3b8-499a-8cfd-690cf1c1231c','199c85c5-968b-4a50-b667-4f144fdd1308','snoozed','2026-11-23','2026-11-26',NULL,NULL,'{"text": "Tell Priya yourself that you declined, and that their good word meant a lot.", "due": "2026-11-23", "contact": "Priya Raman"}','2026-11-23');
CREATE TABLE forgotten (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	salt VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, 
	day DATE NOT NULL, 
	CONSTRAINT uq_forgotten_digest UNIQUE (digest)
);
CREATE TABLE interaction (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	uid VARCHAR NOT NULL, 
	day DATE NOT NULL, 
	at DATETIME, 
	channel VARCHAR NOT NULL, 
	direction VARCHAR NOT NULL, 
	answered BOOLEAN NOT NULL, 
	topic VARCHAR, 
	summary VARCHAR, 
	offer_id INTEGER, 
	kind VARCHAR GENERATED ALWAYS AS (channel || '.' || CASE WHEN answered THEN direction ELSE 'unanswered' END) STORED, 
	said VARCHAR GENERATED ALWAYS AS ('message.' || topic) STORED, astray BOOLEAN DEFAULT 0 NOT NULL, 
	CONSTRAINT ck_interaction_channel CHECK (channel IN ('call', 'voicemail', 'email', 'letter', 'meeting', 'message', 'linkedin', 'public')), 
	CONSTRAINT ck_interaction_direction CHECK (direction IN ('out', 'in')), 
	CONSTRAINT fk_interaction_offer_id FOREIGN KEY(offer_id) REFERENCES offer (id)
);
INSERT INTO "interaction" VALUES(1,'98f434f6-b8fa-4987-aab7-c11847d4d835','2026-11-23',NULL,'call','out',1,NULL,'She was kind about it',1,0);
INSERT INTO "interaction" VALUES(2,'7ec3aaf3-316a-4741-97ec-c85da2341987','2026-11-20',NULL,'meeting','out',1,NULL,'Lunch',NULL,0);
CREATE TABLE interaction_contact (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	interaction_id INTEGER NOT NULL, 
	contact_id INTEGER NOT NULL, day DATE, heard BOOLEAN, 
	CONSTRAINT fk_interaction_contact_contact_id FOREIGN KEY(contact_id) REFERENCES contact (id), 
	CONSTRAINT fk_interaction_contact_interaction_id FOREIGN KEY(interaction_id) REFERENCES interaction (id), 
	CONSTRAINT uq_interaction_contact_contact_id_interaction_id UNIQUE (contact_id, interaction_id)
);
INSERT INTO "interaction_contact" VALUES(1,1,1,'2026-11-23',1);
INSERT INTO "interaction_contact" VALUES(2,2,1,'2026-11-20',1);
INSERT INTO "interaction_contact" VALUES(3,2,6,'2026-11-20',1);
CREATE TABLE job (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	uid VARCHAR NOT NULL, 
	offer_id INTEGER, 
	organisation VARCHAR, 
	title VARCHAR, 
	started_on DATE NOT NULL, 
	settled_on DATE, 
	email VARCHAR, 
	phone VARCHAR, 
	CONSTRAINT fk_job_offer_id FOREIGN KEY(offer_id) REFERENCES offer (id), 
	CONSTRAINT uq_job_uid UNIQUE (uid)
);
INSERT INTO "job" VALUES(1,'f69eb690-3857-44c7-89c0-46b9374e67ed',2,'Globex Analytics',NULL,'2027-01-04',NULL,'robin@globex.example',NULL);
CREATE TABLE netcrm_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT netcrm_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "netcrm_version" VALUES('0006');
CREATE TABLE offer (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	uid VARCHAR NOT NULL, 
	organisation VARCHAR NOT NULL, 
	role VARCHAR, 
	received_on DATE, 
	respond_by DATE, 
	decision VARCHAR, 
	decided_on DATE, 
	because VARCHAR, 
	reason VARCHAR, 
	signed_on DATE, 
	cleared_on DATE, 
	starts_on DATE, 
	CONSTRAINT ck_offer_because CHECK (because IN ('terms', 'career-path', 'fit', 'location', 'timing', 'other')), 
	CONSTRAINT ck_offer_decision CHECK (decision IN ('declined', 'accepted')), 
	CONSTRAINT ck_offer_decided CHECK ((decision IS NULL) = (decided_on IS NULL)), 
	CONSTRAINT uq_offer_uid UNIQUE (uid)
);
INSERT INTO "offer" VALUES(1,'2fa85ee3-c3b8-499a-8cfd-690cf1c1231c','Acme Robotics','Staff Engineer','2026-11-10',NULL,'declined','2026-11-23','career-path','I want to lead a team',NULL,NULL,NULL);
INSERT INTO "offer" VALUES(2,'f91558d0-2fc9-4e17-87df-8729940cb14e','Globex Analytics',NULL,NULL,NULL,'accepted','2026-11-23',NULL,NULL,'2026-11-23',NULL,'2027-01-04');
CREATE TABLE operation (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	name VARCHAR NOT NULL, 
	summary VARCHAR NOT NULL, 
	at DATETIME NOT NULL, 
	undone_at DATETIME
);
INSERT INTO "operation" VALUES(1,'me','Changed my profile','2026-11-26 18:54:34.000000',NULL);
INSERT INTO "operation" VALUES(2,'add','Added Dana Wu','2026-11-26 18:54:34.000000',NULL);
INSERT INTO "operation" VALUES(3,'offer','Added the Acme Robotics offer (Staff Engineer) with Dana Wu (recruiter), Sam Okafor (interviewer, a new contact), Priya Raman (referrer, a new contact)','2026-11-26 18:54:34.000000',NULL);
INSERT INTO "operation" VALUES(4,'offer','Added the Globex Analytics offer with Lena Fischer (hiring-manager, a new contact), Sam Okafor (interviewer)','2026-11-26 18:54:34.000000',NULL);
INSERT INTO "operation" VALUES(5,'decline','Declined the Acme Robotics offer','2026-11-26 18:54:35.000000',NULL);
INSERT INTO "operation" VALUES(6,'done','Done: Call Dana: decline the Staff Engineer offer. Say thank you, give your one reason.','2026-11-26 18:54:35.000000',NULL);
INSERT INTO "operation" VALUES(7,'import','Imported 1 new contact and updated 1 from Connections.csv','2026-11-26 18:54:35.000000',NULL);
INSERT INTO "operation" VALUES(8,'edit','Changed Dana Wu','2026-11-26 18:54:35.000000',NULL);
INSERT INTO "operation" VALUES(9,'add','Added Jörg Müller','2026-11-26 18:54:35.000000',NULL);
INSERT INTO "operation" VALUES(10,'log','Logged a meeting with Dana Wu, Jörg Müller','2026-11-26 18:54:35.000000',NULL);
INSERT INTO "operation" VALUES(11,'snoozed','Snoozed: Tell Priya yourself that you declined, and that their good word meant a lot.','2026-11-26 18:54:35.000000',NULL);
INSERT INTO "operation" VALUES(12,'me','Changed my profile','2026-11-26 18:54:35.000000',NULL);
INSERT INTO "operation" VALUES(13,'accept','Accepted the Globex Analytics offer','2026-11-26 18:54:35.000000',NULL);
INSERT INTO "operation" VALUES(14,'job','Recorded my new job','2026-11-26 18:54:35.000000',NULL);
INSERT INTO "operation" VALUES(15,'remove','Removed Lena Fischer','2026-11-26 18:54:35.000000',NULL);
INSERT INTO "operation" VALUES(16,'add','Added Jonas Berg','2026-11-26 18:54:35.000000','2026-11-26 18:54:35.000000');
CREATE TABLE participant (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	contact_id INTEGER NOT NULL, 
	offer_id INTEGER NOT NULL, 
	role VARCHAR NOT NULL, 
	CONSTRAINT ck_participant_role CHECK (role IN ('recruiter', 'hiring-manager', 'interviewer', 'referrer', 'other')), 
	CONSTRAINT fk_participant_contact_id FOREIGN KEY(contact_id) REFERENCES contact (id), 
	CONSTRAINT fk_participant_offer_id FOREIGN KEY(offer_id) REFERENCES offer (id), 
	CONSTRAINT uq_participant_offer_id_contact_id UNIQUE (offer_id, contact_id)
);
INSERT INTO "participant" VALUES(1,1,1,'recruiter');
INSERT INTO "participant" VALUES(2,2,1,'interviewer');
INSERT INTO "participant" VALUES(3,3,1,'referrer');
INSERT INTO "participant" VALUES(5,2,2,'interviewer');
CREATE TABLE profile (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	name VARCHAR, 
	email VARCHAR, 
	phone VARCHAR, 
	linkedin VARCHAR, 
	timezone VARCHAR NOT NULL, 
	country VARCHAR, 
	weekend VARCHAR NOT NULL
, quiet_until VARCHAR, per_day INTEGER);
INSERT INTO "profile" VALUES(1,'Robin Vale','robin@example.org',NULL,NULL,'Europe/Berlin',NULL,'5 6',NULL,5);
CREATE TABLE tag (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	contact_id INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	CONSTRAINT fk_tag_contact_id FOREIGN KEY(contact_id) REFERENCES contact (id), 
	CONSTRAINT uq_tag_contact_id_name UNIQUE (contact_id, name)
);
INSERT INTO "tag" VALUES(1,1,'ally');
INSERT INTO "tag" VALUES(2,1,'berlin');
CREATE INDEX ix_contact_connected_on ON contact (connected_on);
CREATE INDEX ix_contact_dormant_on ON contact (dormant_on);
CREATE INDEX ix_contact_name ON contact (name);
CREATE INDEX ix_offer_received_on ON offer (received_on);
CREATE INDEX offer_by_decision ON offer (decision, decided_on);
CREATE INDEX ix_affiliation_contact_id ON affiliation (contact_id);
CREATE INDEX ix_affiliation_since ON affiliation (since);
CREATE INDEX ix_affiliation_until ON affiliation (until);
CREATE INDEX ix_change_operation_id ON change (operation_id);
CREATE INDEX contact_method_by_value ON contact_method (kind, normalised);
CREATE INDEX ix_contact_method_contact_id ON contact_method (contact_id);
CREATE INDEX interaction_by_kind ON interaction (kind, day);
CREATE INDEX interaction_by_said ON interaction (said, day);
CREATE INDEX ix_interaction_offer_id ON interaction (offer_id);
CREATE INDEX ix_job_settled_on ON job (settled_on);
CREATE INDEX ix_job_started_on ON job (started_on);
CREATE INDEX participant_by_contact ON participant (contact_id, offer_id);
CREATE INDEX tag_by_name ON tag (name, contact_id);
CREATE INDEX decision_by_contact ON decision (contact_uid);
CREATE INDEX decision_by_until ON decision (until);
CREATE INDEX ix_decision_interaction_id ON decision (interaction_id);
CREATE INDEX interaction_contact_by_interaction ON interaction_contact (interaction_id, contact_id);
CREATE VIEW contacts AS
SELECT id, uid, name, given_name, family_name, company, title, timezone, birthday, tier,
       (SELECT value FROM contact_method WHERE contact_id = contact.id AND kind = 'email'
         ORDER BY preferred DESC, id LIMIT 1) AS email,
       (SELECT value FROM contact_method WHERE contact_id = contact.id AND kind = 'phone'
         ORDER BY preferred DESC, id LIMIT 1) AS phone,
       (SELECT value FROM contact_method WHERE contact_id = contact.id AND kind = 'linkedin'
         ORDER BY preferred DESC, id LIMIT 1) AS linkedin
  FROM contact;
CREATE VIEW history AS
SELECT interaction.kind AS kind, interaction_contact.contact_id AS contact, interaction.day AS day,
       CASE WHEN interaction.astray THEN 'offer:' ELSE 'offer:' || offer.uid END AS about,
       'interaction:' || interaction.uid AS source
  FROM interaction_contact
  JOIN interaction ON interaction.id = interaction_contact.interaction_id
  LEFT JOIN offer ON offer.id = interaction.offer_id
UNION ALL
SELECT interaction.said, interaction_contact.contact_id, interaction.day,
       CASE WHEN interaction.astray THEN 'offer:' ELSE 'offer:' || offer.uid END, 'interaction:' || interaction.uid
  FROM interaction_contact
  JOIN interaction ON interaction.id = interaction_contact.interaction_id
  LEFT JOIN offer ON offer.id = interaction.offer_id
 WHERE interaction.said IS NOT NULL
UNION ALL
SELECT 'linkedin.connected', id, connected_on, NULL, 'contact:' || uid FROM contact WHERE connected_on IS NOT NULL
UNION ALL
SELECT 'contact.birthday', id, birthday, NULL, 'contact:' || uid FROM contact WHERE birthday IS NOT NULL
UNION ALL
SELECT 'contact.dormant', id, dormant_on, NULL, 'contact:' || uid FROM contact WHERE dormant_on IS NOT NULL
UNION ALL
SELECT 'affiliation.started', contact_id, since, NULL, 'affiliation:' || uid FROM affiliation WHERE since IS NOT NULL
UNION ALL
SELECT 'affiliation.ended', contact_id, until, NULL, 'affiliation:' || uid FROM affiliation WHERE until IS NOT NULL
UNION ALL
SELECT 'offer.received', NULL, received_on, 'offer:' || uid, 'offer:' || uid FROM offer WHERE received_on IS NOT NULL
UNION ALL
SELECT 'offer.respond-by', NULL, respond_by, 'offer:' || uid, 'offer:' || uid
  FROM offer WHERE decision IS NULL AND respond_by IS NOT NULL
UNION ALL
SELECT 'offer.declined', NULL, decided_on, 'offer:' || uid, 'offer:' || uid FROM offer WHERE decision = 'declined'
UNION ALL
SELECT 'offer.accepted', NULL, decided_on, 'offer:' || uid, 'offer:' || uid FROM offer WHERE decision = 'accepted'
UNION ALL
SELECT 'offer.signed', NULL, signed_on, 'offer:' || uid, 'offer:' || uid
  FROM offer WHERE decision = 'accepted' AND signed_on IS NOT NULL
UNION ALL
SELECT 'offer.cleared', NULL, cleared_on, 'offer:' || uid, 'offer:' || uid
  FROM offer WHERE decision = 'accepted' AND cleared_on IS NOT NULL
UNION ALL
SELECT 'offer.starts', NULL, starts_on, 'offer:' || uid, 'offer:' || uid
  FROM offer WHERE decision = 'accepted' AND starts_on IS NOT NULL
UNION ALL
SELECT 'offer.told', NULL, interaction.day, 'offer:' || offer.uid, 'interaction:' || interaction.uid
  FROM offer CROSS JOIN participant CROSS JOIN interaction_contact CROSS JOIN interaction
 WHERE offer.decision = 'declined' AND interaction.day >= offer.decided_on
   AND participant.offer_id = offer.id AND participant.role IN ('recruiter', 'hiring-manager')
   AND interaction_contact.contact_id = participant.contact_id
   AND interaction.id = interaction_contact.interaction_id
   AND (interaction.offer_id = offer.id OR (interaction.offer_id IS NULL AND NOT interaction.astray))
   AND interaction.kind IN ('call.out', 'call.in', 'meeting.out', 'meeting.in', 'voicemail.out',
                            'email.out', 'letter.out', 'message.out', 'linkedin.out')
UNION ALL
SELECT 'job.started', NULL, started_on, 'job:' || uid, 'job:' || uid FROM job
UNION ALL
SELECT 'offer.started', NULL, job.started_on, 'offer:' || offer.uid, 'job:' || job.uid
  FROM job JOIN offer ON offer.id = job.offer_id
UNION ALL
SELECT 'job.settled', NULL, settled_on, 'job:' || uid, 'job:' || uid FROM job WHERE settled_on IS NOT NULL
UNION ALL
SELECT 'job.details', NULL, started_on, 'job:' || uid, 'job:' || uid
  FROM job WHERE email IS NOT NULL OR phone IS NOT NULL;
CREATE INDEX ix_contact_birthday ON contact (birthday);
CREATE INDEX ix_contact_tier ON contact (tier);
CREATE INDEX ix_contact_every ON contact (every);
CREATE INDEX interaction_contact_by_day ON interaction_contact (contact_id, heard, day);
CREATE INDEX decision_by_due ON decision (due);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('profile',1);
INSERT INTO "sqlite_sequence" VALUES('operation',16);
INSERT INTO "sqlite_sequence" VALUES('change',47);
INSERT INTO "sqlite_sequence" VALUES('contact',7);
INSERT INTO "sqlite_sequence" VALUES('contact_method',6);
INSERT INTO "sqlite_sequence" VALUES('tag',2);
INSERT INTO "sqlite_sequence" VALUES('affiliation',5);
INSERT INTO "sqlite_sequence" VALUES('offer',2);
INSERT INTO "sqlite_sequence" VALUES('participant',5);
INSERT INTO "sqlite_sequence" VALUES('interaction',2);
INSERT INTO "sqlite_sequence" VALUES('interaction_contact',3);
INSERT INTO "sqlite_sequence" VALUES('decision',2);
INSERT INTO "sqlite_sequence" VALUES('job',1);
COMMIT;
