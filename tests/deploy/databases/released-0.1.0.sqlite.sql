-- What version 0.1.0 leaves in SQLite: deliveries, one job of each kind, two pull requests, an override.
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE deliveries (
	guid TEXT NOT NULL, 
	event TEXT NOT NULL, 
	action TEXT NOT NULL, 
	repo TEXT NOT NULL, 
	received_at DOUBLE NOT NULL, 
	PRIMARY KEY (guid)
);
INSERT INTO "deliveries" VALUES('guid-0','pull_request','labeled','acme/shop',1760000000.0);
INSERT INTO "deliveries" VALUES('guid-1','pull_request','labeled','acme/shop',1760000001.0);
INSERT INTO "deliveries" VALUES('guid-2','pull_request','labeled','acme/shop',1760000002.0);
INSERT INTO "deliveries" VALUES('guid-3','pull_request','labeled','acme/shop',1760000003.0);
CREATE TABLE jobs (
	"key" TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	args TEXT NOT NULL, 
	priority INTEGER NOT NULL, 
	wanted BIGINT NOT NULL, 
	done BIGINT NOT NULL, 
	due_at DOUBLE NOT NULL, 
	held_until DOUBLE, 
	attempts INTEGER NOT NULL, 
	owner TEXT, 
	cause TEXT NOT NULL, 
	wanted_at DOUBLE NOT NULL, 
	error TEXT, 
	PRIMARY KEY ("key")
);
INSERT INTO "jobs" VALUES('dispatch:acme/shop@4444444444444444444444444444444444444444','dispatch','{"repo":"acme/shop","number":2,"installation":7001,"sha":"4444444444444444444444444444444444444444","workflow":"hotfix.yml"}',2,1,0,1760000000.0,NULL,0,NULL,'guid-6',1760000000.0,NULL);
INSERT INTO "jobs" VALUES('fan-out:acme/*','fan-out','{"owner":"acme"}',3,1,0,1760000030.0,NULL,0,NULL,'guid-5',1760000000.0,NULL);
INSERT INTO "jobs" VALUES('fan-out:acme/shop:branch:main:refs/heads/main','fan-out','{"repo":"acme/shop","installation":7001,"branch":"main","ref":"refs/heads/main","before":"3333333333333333333333333333333333333333"}',3,1,0,1760000000.0,NULL,0,NULL,'guid-3',1760000000.0,NULL);
INSERT INTO "jobs" VALUES('fan-out:acme/shop:policy','fan-out','{"repo":"acme/shop","installation":7001,"policy":true}',3,1,0,1760000000.0,NULL,0,NULL,'guid-4',1760000000.0,NULL);
INSERT INTO "jobs" VALUES('installations','installations','{}',5,1,0,1760000000.0,NULL,0,NULL,'guid-9',1760000000.0,NULL);
INSERT INTO "jobs" VALUES('judge:acme/shop#1','judge','{"repo":"acme/shop","number":1,"installation":7001,"likely":true,"sha":"1111111111111111111111111111111111111111"}',1,1,0,1760000000.0,NULL,2,'replica-old','guid-0',1760000000.0,'GitHub answered 502');
INSERT INTO "jobs" VALUES('judge:acme/shop#2','judge','{"repo":"acme/shop","number":2,"installation":7001,"likely":true,"force":true}',1,1,1,1760000000.0,NULL,0,NULL,'guid-1',1760000000.0,NULL);
INSERT INTO "jobs" VALUES('redeliver','redeliver','{}',4,1,0,1760000000.0,NULL,0,NULL,'guid-10',1760000000.0,NULL);
INSERT INTO "jobs" VALUES('retention','retention','{}',9,1,0,1760000000.0,NULL,0,NULL,'guid-11',1760000000.0,NULL);
INSERT INTO "jobs" VALUES('sha:acme/shop@2222222222222222222222222222222222222222','sha','{"repo":"acme/shop","sha":"2222222222222222222222222222222222222222","installation":7001}',1,1,0,1760000000.0,NULL,0,NULL,'guid-2',1760000000.0,NULL);
INSERT INTO "jobs" VALUES('sweep-repo:acme/shop','sweep-repo','{"repo":"acme/shop","installation":7001}',5,1,0,1760000000.0,NULL,0,NULL,'guid-8',1760000000.0,NULL);
INSERT INTO "jobs" VALUES('sweep:7001','sweep','{"installation":7001}',5,1,0,1760000000.0,NULL,0,NULL,'guid-7',1760000000.0,NULL);
CREATE TABLE overrides (
	comment_id BIGINT NOT NULL, 
	rule TEXT NOT NULL, 
	repo TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	sha TEXT NOT NULL, 
	"by" TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	at DOUBLE NOT NULL, 
	url TEXT NOT NULL, 
	PRIMARY KEY (comment_id, rule)
);
INSERT INTO "overrides" VALUES(5000000001,'size','acme/shop',2,'2222222222222222222222222222222222222222','lead','generated client',1760000000.0,'https://github.com/acme/shop/pull/2#issuecomment-5000000001');
CREATE TABLE pulls (
	repo TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	installation BIGINT NOT NULL, 
	head_sha TEXT NOT NULL, 
	head_since DOUBLE NOT NULL, 
	seen_at DOUBLE NOT NULL, 
	open BOOLEAN NOT NULL, 
	kind TEXT, 
	judged_sha TEXT, 
	conclusion TEXT, 
	judged_at DOUBLE, 
	PRIMARY KEY (repo, number)
);
INSERT INTO "pulls" VALUES('acme/shop',1,7001,'1111111111111111111111111111111111111111',1760000000.0,1760000000.0,1,'hotfix','1111111111111111111111111111111111111111','failure',1760000001.0);
INSERT INTO "pulls" VALUES('acme/shop',2,7001,'2222222222222222222222222222222222222222',1760000000.0,1760000000.0,1,'hotfix','2222222222222222222222222222222222222222','failure',1760000001.0);
CREATE INDEX deliveries_received_at ON deliveries (received_at);
CREATE INDEX jobs_open ON jobs (priority, due_at) WHERE wanted > done;
CREATE INDEX overrides_pull ON overrides (repo, number);
COMMIT;
