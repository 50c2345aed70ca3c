PRAGMA application_id=1313034829;
PRAGMA user_version=2;
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
INSERT INTO "affiliation" VALUES(1,'aed35f9e-a57c-4a06-b311-dda44c7be606',1,'Acme Robotics',NULL,NULL,'2026-11-23','me');
INSERT INTO "affiliation" VALUES(2,'804dd044-22e6-4319-b19f-7d99228d1e50',2,'Acme Robotics',NULL,NULL,NULL,'me');
INSERT INTO "affiliation" VALUES(4,'9a11b59d-4889-4ea7-958a-65022353f6f3',5,'Acme Robotics','Lead',NULL,NULL,'linkedin');
INSERT INTO "affiliation" VALUES(5,'a4bf9bdf-d800-4fa3-afee-575c1b5a55be',6,'Globex Analytics','Engineer',NULL,NULL,'linkedin');
INSERT INTO "affiliation" VALUES(6,'216e1094-160f-40dd-bd45-cd6d55988c94',1,'Umbra Labs','Head of Hiring','2026-11-23',NULL,'me');
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
INSERT INTO "change" VALUES(20,5,'offer',3,3,NULL);
INSERT INTO "change" VALUES(21,6,'contact',5,6,NULL);
INSERT INTO "change" VALUES(22,6,'contact_method',4,6,NULL);
INSERT INTO "change" VALUES(23,6,'affiliation',4,5,NULL);
INSERT INTO "change" VALUES(24,7,'offer',3,3,'{"id": 3, "uid": "a70a7dc5-6e01-4171-ac2a-34474f6fe997", "organisation": "Initech", "role": "Lead", "received_on": "2026-11-01", "respond_by": null, "decision": null, "decided_on": null, "because": null, "reason": null, "signed_on": null, "cleared_on": null, "starts_on": null}');
INSERT INTO "change" VALUES(25,8,'offer',1,1,'{"id": 1, "uid": "2e010da3-9533-4318-aa70-67e04b4da35c", "organisation": "Acme Robotics", "role": "Staff Engineer", "received_on": "2026-11-10", "respond_by": "2026-11-25", "decision": null, "decided_on": null, "because": null, "reason": null, "signed_on": null, "cleared_on": null, "starts_on": null}');
INSERT INTO "change" VALUES(26,9,'interaction',1,1,NULL);
INSERT INTO "change" VALUES(27,9,'interaction_contact',1,1,NULL);
INSERT INTO "change" VALUES(28,9,'decision',1,1,NULL);
INSERT INTO "change" VALUES(29,10,'decision',2,2,NULL);
INSERT INTO "change" VALUES(30,11,'decision',3,3,NULL);
INSERT INTO "change" VALUES(31,12,'interaction',2,2,NULL);
INSERT INTO "change" VALUES(32,12,'interaction_contact',2,2,NULL);
INSERT INTO "change" VALUES(33,12,'interaction_contact',3,3,NULL);
INSERT INTO "change" VALUES(34,13,'interaction',3,3,NULL);
INSERT INTO "change" VALUES(35,13,'interaction_contact',4,4,NULL);
INSERT INTO "change" VALUES(36,14,'contact',1,1,'{"id": 1, "uid": "e2dbd292-ab27-4e03-8da1-791f4b76c65e", "name": "Dana Wu", "given_name": null, "family_name": null, "company": "Acme Robotics", "title": null, "timezone": null, "birthday": "1988-02-29", "tier": "A", "every": "3 months", "notes": "Likes tea\nPlays chess", "connected_on": null, "dormant_on": null, "dormant_reason": null, "vcard": null, "changed_at": "2026-11-24T08:54:57+00:00"}');
INSERT INTO "change" VALUES(37,14,'affiliation',1,1,'{"id": 1, "uid": "aed35f9e-a57c-4a06-b311-dda44c7be606", "contact_id": 1, "organisation": "Acme Robotics", "title": null, "since": null, "until": null, "source": "me"}');
INSERT INTO "change" VALUES(38,14,'affiliation',6,6,NULL);
INSERT INTO "change" VALUES(39,14,'tag',1,1,'{"id": 1, "contact_id": 1, "name": "ally"}');
INSERT INTO "change" VALUES(40,15,'contact',7,7,NULL);
INSERT INTO "change" VALUES(41,16,'job',1,1,NULL);
INSERT INTO "change" VALUES(42,17,'participant',4,4,'{"id": 4, "contact_id": 4, "offer_id": 2, "role": "hiring-manager"}');
INSERT INTO "change" VALUES(43,17,'affiliation',3,3,'{"id": 3, "uid": "1250a5b6-4df0-4691-a09c-3998877f5b74", "contact_id": 4, "organisation": "Globex Analytics", "title": null, "since": null, "until": null, "source": "me"}');
INSERT INTO "change" VALUES(44,17,'contact',4,4,'{"id": 4, "uid": "587bd849-b01b-4b4f-aaad-5f24216a6e9b", "name": "Lena Fischer", "given_name": null, "family_name": null, "company": "Globex Analytics", "title": null, "timezone": null, "birthday": null, "tier": null, "every": null, "notes": null, "connected_on": null, "dormant_on": null, "dormant_reason": null, "vcard": null, "changed_at": "2026-11-24T08:54:57+00:00"}');
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
	changed_at DATETIME NOT NULL, 
	CONSTRAINT ck_contact_tier CHECK (tier IN ('A', 'B', 'C')), 
	CONSTRAINT uq_contact_uid UNIQUE (uid)
);
INSERT INTO "contact" VALUES(1,'e2dbd292-ab27-4e03-8da1-791f4b76c65e','Dana Wu',NULL,NULL,'Umbra Labs','Head of Hiring',NULL,'1988-02-29','A','3 months','Likes tea
Plays chess',NULL,NULL,NULL,NULL,'2026-11-24 08:54:57.000000');
INSERT INTO "contact" VALUES(2,'bd94e945-815d-4b45-a541-555f0d2bd9e6','Sam Okafor',NULL,NULL,'Acme Robotics',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'2026-11-24 08:54:57.000000');
INSERT INTO "contact" VALUES(3,'9b4b3d1c-78b2-4c1f-8a11-b010950c15ce','Priya Raman',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'2026-11-24 08:54:57.000000');
INSERT INTO "contact" VALUES(5,'dff35fc0-ecb7-4d81-a76f-e3d8f6396f5f','Ana Silva','Ana','Silva','Acme Robotics','Lead',NULL,NULL,NULL,NULL,NULL,'2020-03-05',NULL,NULL,NULL,'2026-11-24 08:54:57.000000');
INSERT INTO "contact" VALUES(6,'cb18146b-b9b4-4892-b5d6-115a2d0a6d0a','Jörg Müller','Jörg','Müller','Globex Analytics','Engineer',NULL,NULL,NULL,NULL,NULL,'2024-02-29',NULL,NULL,NULL,'2026-11-24 08:54:57.000000');
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
INSERT INTO "contact_method" VALUES(4,5,'linkedin','https://www.linkedin.com/in/ana-silva-0example','linkedin.com/in/ana-silva-0example',NULL,0);
INSERT INTO "contact_method" VALUES(5,6,'linkedin','https://www.linkedin.com/in/joerg-0example','linkedin.com/in/joerg-0example',NULL,0);
INSERT INTO "contact_method" VALUES(6,6,'email','joerg@globex.example','joerg@globex.example',NULL,0);
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
	snapshot JSON NOT NULL, 
	CONSTRAINT ck_decision_verdict CHECK (verdict IN ('done', 'snoozed', 'skipped')), 
	CONSTRAINT fk_decision_interaction_id FOREIGN KEY(interaction_id) REFERENCES interaction (id), 
	CONSTRAINT uq_decision_cause_contact_uid_playbook_step UNIQUE (cause, contact_uid, playbook, step)
);
INSERT INTO "decision" VALUES(1,'graceful-decline','call','offer.declined|offer:2e010da3-9533-4318-aa70-67e04b4da35c','e2dbd292-ab27-4e03-8da1-791f4b76c65e','done','2026-11-23',NULL,'She was kind about it',1,'{"text": "Call Dana: decline the Staff Engineer offer. Say thank you, give your one reason.", "due": "2026-11-23", "contact": "Dana Wu"}');
INSERT INTO "decision" VALUES(2,'graceful-decline','confirm','offer.declined|offer:2e010da3-9533-4318-aa70-67e04b4da35c','e2dbd292-ab27-4e03-8da1-791f4b76c65e','snoozed','2026-11-23','2026-11-26',NULL,NULL,'{"text": "Put it in writing for Dana: you decline, you are grateful, and here is how to reach you.", "due": "2026-11-23", "contact": "Dana Wu"}');
INSERT INTO "decision" VALUES(3,'graceful-decline','connect','offer.declined|offer:2e010da3-9533-4318-aa70-67e04b4da35c','e2dbd292-ab27-4e03-8da1-791f4b76c65e','skipped','2026-11-23',NULL,'No',NULL,'{"text": "Invite Dana to connect on LinkedIn, with a line that recalls how you met.", "due": "2026-11-25", "contact": "Dana Wu"}');
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
	said VARCHAR GENERATED ALWAYS AS ('message.' || topic) STORED, 
	CONSTRAINT ck_interaction_channel CHECK (channel IN ('call', 'voicemail', 'email', 'letter', 'meeting', 'message', 'linkedin', 'public')), 
	CONSTRAINT ck_interaction_direction CHECK (direction IN ('out', 'in')), 
	CONSTRAINT fk_interaction_offer_id FOREIGN KEY(offer_id) REFERENCES offer (id)
);
INSERT INTO "interaction" VALUES(1,'215bad8d-dfb9-4a09-a493-e66c78148339','2026-11-23',NULL,'call','out',1,NULL,'She was kind about it',1);
INSERT INTO "interaction" VALUES(2,'ee6010c8-8a5d-4c5c-ace0-cc6ddf481f1a','2026-11-22',NULL,'meeting','out',1,NULL,'Lunch',1);
INSERT INTO "interaction" VALUES(3,'a071b667-2697-45f1-b44f-fadc886d7cb1','2026-11-23',NULL,'email','in',1,NULL,NULL,NULL);
CREATE TABLE interaction_contact (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	interaction_id INTEGER NOT NULL, 
	contact_id INTEGER NOT NULL, 
	CONSTRAINT fk_interaction_contact_contact_id FOREIGN KEY(contact_id) REFERENCES contact (id), 
	CONSTRAINT fk_interaction_contact_interaction_id FOREIGN KEY(interaction_id) REFERENCES interaction (id), 
	CONSTRAINT uq_interaction_contact_contact_id_interaction_id UNIQUE (contact_id, interaction_id)
);
INSERT INTO "interaction_contact" VALUES(1,1,1);
INSERT INTO "interaction_contact" VALUES(2,2,1);
INSERT INTO "interaction_contact" VALUES(3,2,2);
INSERT INTO "interaction_contact" VALUES(4,3,3);
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
INSERT INTO "job" VALUES(1,'a50ba843-1001-4172-81e4-caadf3d72c20',3,'Initech','Lead','2026-11-23',NULL,'robin@initech.example',NULL);
CREATE TABLE netcrm_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT netcrm_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "netcrm_version" VALUES('0002');
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
INSERT INTO "offer" VALUES(1,'2e010da3-9533-4318-aa70-67e04b4da35c','Acme Robotics','Staff Engineer','2026-11-10','2026-11-25','declined','2026-11-23','career-path','I want to lead a team',NULL,NULL,NULL);
INSERT INTO "offer" VALUES(2,'dda63696-b72c-43cc-adf1-92a5447f0998','Globex Analytics',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "offer" VALUES(3,'a70a7dc5-6e01-4171-ac2a-34474f6fe997','Initech','Lead','2026-11-01',NULL,'accepted','2026-11-23',NULL,NULL,'2026-11-20','2026-11-21','2027-01-04');
CREATE TABLE operation (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	name VARCHAR NOT NULL, 
	summary VARCHAR NOT NULL, 
	at DATETIME NOT NULL, 
	undone_at DATETIME
);
INSERT INTO "operation" VALUES(1,'me','Changed my profile','2026-11-24 08:54:57.000000',NULL);
INSERT INTO "operation" VALUES(2,'add','Added Dana Wu','2026-11-24 08:54:57.000000',NULL);
INSERT INTO "operation" VALUES(3,'offer','Added the Acme Robotics offer (Staff Engineer) with Dana Wu (recruiter), Sam Okafor (interviewer, a new contact), Priya Raman (referrer, a new contact)','2026-11-24 08:54:57.000000',NULL);
INSERT INTO "operation" VALUES(4,'offer','Added the Globex Analytics offer with Lena Fischer (hiring-manager, a new contact), Sam Okafor (interviewer)','2026-11-24 08:54:57.000000',NULL);
INSERT INTO "operation" VALUES(5,'offer','Added the Initech offer (Lead)','2026-11-24 08:54:57.000000',NULL);
INSERT INTO "operation" VALUES(6,'import','Imported 2 new contacts from s2.db.csv','2026-11-24 08:54:57.000000',NULL);
INSERT INTO "operation" VALUES(7,'accept','Accepted the Initech offer','2026-11-24 08:54:57.000000',NULL);
INSERT INTO "operation" VALUES(8,'decline','Declined the Acme Robotics offer','2026-11-24 08:54:57.000000',NULL);
INSERT INTO "operation" VALUES(9,'done','Done: Call Dana: decline the Staff Engineer offer. Say thank you, give your one reason.','2026-11-24 08:54:57.000000',NULL);
INSERT INTO "operation" VALUES(10,'snoozed','Snoozed: Put it in writing for Dana: you decline, you are grateful, and here is how to reach you.','2026-11-24 08:54:57.000000',NULL);
INSERT INTO "operation" VALUES(11,'skipped','Skipped: Invite Dana to connect on LinkedIn, with a line that recalls how you met.','2026-11-24 08:54:57.000000',NULL);
INSERT INTO "operation" VALUES(12,'log','Logged a meeting with Dana Wu, Sam Okafor','2026-11-24 08:54:57.000000',NULL);
INSERT INTO "operation" VALUES(13,'log','Logged an e-mail from Priya Raman','2026-11-24 08:54:57.000000',NULL);
INSERT INTO "operation" VALUES(14,'edit','Changed Dana Wu','2026-11-24 08:54:57.000000',NULL);
INSERT INTO "operation" VALUES(15,'add','Added Wrong Person','2026-11-24 08:54:57.000000','2026-11-24 08:54:57.000000');
INSERT INTO "operation" VALUES(16,'job','Recorded my new job','2026-11-24 08:54:57.000000',NULL);
INSERT INTO "operation" VALUES(17,'remove','Removed Lena Fischer','2026-11-24 08:54:57.000000',NULL);
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
, quiet_until VARCHAR);
INSERT INTO "profile" VALUES(1,'Robin Vale','robin@example.org',NULL,NULL,'Europe/Berlin','DE','5 6',NULL);
CREATE TABLE tag (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	contact_id INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	CONSTRAINT fk_tag_contact_id FOREIGN KEY(contact_id) REFERENCES contact (id), 
	CONSTRAINT uq_tag_contact_id_name UNIQUE (contact_id, name)
);
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
       'offer:' || offer.uid AS about, 'interaction:' || interaction.uid AS source
  FROM interaction_contact
  JOIN interaction ON interaction.id = interaction_contact.interaction_id
  LEFT JOIN offer ON offer.id = interaction.offer_id
UNION ALL
SELECT interaction.said, interaction_contact.contact_id, interaction.day,
       'offer:' || offer.uid, 'interaction:' || interaction.uid
  FROM interaction_contact
  JOIN interaction ON interaction.id = interaction_contact.interaction_id
  LEFT JOIN offer ON offer.id = interaction.offer_id
 WHERE interaction.said IS NOT NULL
UNION ALL
SELECT 'linkedin.connected', id, connected_on, NULL, 'contact:' || uid FROM contact WHERE connected_on IS NOT NULL
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
   AND (interaction.offer_id IS NULL OR interaction.offer_id = offer.id)
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
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('profile',1);
INSERT INTO "sqlite_sequence" VALUES('operation',17);
INSERT INTO "sqlite_sequence" VALUES('change',44);
INSERT INTO "sqlite_sequence" VALUES('contact',7);
INSERT INTO "sqlite_sequence" VALUES('contact_method',6);
INSERT INTO "sqlite_sequence" VALUES('tag',1);
INSERT INTO "sqlite_sequence" VALUES('affiliation',6);
INSERT INTO "sqlite_sequence" VALUES('offer',3);
INSERT INTO "sqlite_sequence" VALUES('participant',5);
INSERT INTO "sqlite_sequence" VALUES('interaction',3);
INSERT INTO "sqlite_sequence" VALUES('interaction_contact',4);
INSERT INTO "sqlite_sequence" VALUES('decision',3);
INSERT INTO "sqlite_sequence" VALUES('job',1);
COMMIT;
