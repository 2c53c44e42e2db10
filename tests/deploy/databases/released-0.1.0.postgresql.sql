-- What version 0.1.0 leaves in PostgreSQL: deliveries, one job of each kind, two pull requests, an override.
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.deliveries (
    guid text NOT NULL,
    event text NOT NULL,
    action text NOT NULL,
    repo text NOT NULL,
    received_at double precision NOT NULL
);
CREATE TABLE public.jobs (
    key text NOT NULL,
    kind text NOT NULL,
    args text NOT NULL,
    priority integer NOT NULL,
    wanted bigint NOT NULL,
    done bigint NOT NULL,
    due_at double precision NOT NULL,
    held_until double precision,
    attempts integer NOT NULL,
    owner text,
    cause text NOT NULL,
    wanted_at double precision NOT NULL,
    error text
);
CREATE TABLE public.overrides (
    comment_id bigint NOT NULL,
    rule text NOT NULL,
    repo text NOT NULL,
    number integer NOT NULL,
    sha text NOT NULL,
    by text NOT NULL,
    reason text NOT NULL,
    at double precision NOT NULL,
    url text NOT NULL
);
CREATE TABLE public.pulls (
    repo text NOT NULL,
    number integer NOT NULL,
    installation bigint NOT NULL,
    head_sha text NOT NULL,
    head_since double precision NOT NULL,
    seen_at double precision NOT NULL,
    open boolean NOT NULL,
    kind text,
    judged_sha text,
    conclusion text,
    judged_at double precision
);
INSERT INTO public.alembic_version VALUES ('0001');
INSERT INTO public.deliveries VALUES ('guid-0', 'pull_request', 'labeled', 'acme/shop', 1760000000);
INSERT INTO public.deliveries VALUES ('guid-1', 'pull_request', 'labeled', 'acme/shop', 1760000001);
INSERT INTO public.deliveries VALUES ('guid-2', 'pull_request', 'labeled', 'acme/shop', 1760000002);
INSERT INTO public.deliveries VALUES ('guid-3', 'pull_request', 'labeled', 'acme/shop', 1760000003);
INSERT INTO public.jobs VALUES ('dispatch:acme/shop@4444444444444444444444444444444444444444', 'dispatch', '{"repo":"acme/shop","number":2,"installation":7001,"sha":"4444444444444444444444444444444444444444","workflow":"hotfix.yml"}', 2, 1, 0, 1760000000, NULL, 0, NULL, 'guid-6', 1760000000, NULL);
INSERT INTO public.jobs VALUES ('fan-out:acme/*', 'fan-out', '{"owner":"acme"}', 3, 1, 0, 1760000030, NULL, 0, NULL, 'guid-5', 1760000000, NULL);
INSERT INTO public.jobs VALUES ('fan-out:acme/shop:branch:main:refs/heads/main', 'fan-out', '{"repo":"acme/shop","installation":7001,"branch":"main","ref":"refs/heads/main","before":"3333333333333333333333333333333333333333"}', 3, 1, 0, 1760000000, NULL, 0, NULL, 'guid-3', 1760000000, NULL);
INSERT INTO public.jobs VALUES ('fan-out:acme/shop:policy', 'fan-out', '{"repo":"acme/shop","installation":7001,"policy":true}', 3, 1, 0, 1760000000, NULL, 0, NULL, 'guid-4', 1760000000, NULL);
INSERT INTO public.jobs VALUES ('installations', 'installations', '{}', 5, 1, 0, 1760000000, NULL, 0, NULL, 'guid-9', 1760000000, NULL);
INSERT INTO public.jobs VALUES ('redeliver', 'redeliver', '{}', 4, 1, 0, 1760000000, NULL, 0, NULL, 'guid-10', 1760000000, NULL);
INSERT INTO public.jobs VALUES ('retention', 'retention', '{}', 9, 1, 0, 1760000000, NULL, 0, NULL, 'guid-11', 1760000000, NULL);
INSERT INTO public.jobs VALUES ('sha:acme/shop@2222222222222222222222222222222222222222', 'sha', '{"repo":"acme/shop","sha":"2222222222222222222222222222222222222222","installation":7001}', 1, 1, 0, 1760000000, NULL, 0, NULL, 'guid-2', 1760000000, NULL);
INSERT INTO public.jobs VALUES ('sweep-repo:acme/shop', 'sweep-repo', '{"repo":"acme/shop","installation":7001}', 5, 1, 0, 1760000000, NULL, 0, NULL, 'guid-8', 1760000000, NULL);
INSERT INTO public.jobs VALUES ('sweep:7001', 'sweep', '{"installation":7001}', 5, 1, 0, 1760000000, NULL, 0, NULL, 'guid-7', 1760000000, NULL);
INSERT INTO public.jobs VALUES ('judge:acme/shop#2', 'judge', '{"repo":"acme/shop","number":2,"installation":7001,"likely":true,"force":true}', 1, 1, 1, 1760000000, NULL, 0, NULL, 'guid-1', 1760000000, NULL);
INSERT INTO public.jobs VALUES ('judge:acme/shop#1', 'judge', '{"repo":"acme/shop","number":1,"installation":7001,"likely":true,"sha":"1111111111111111111111111111111111111111"}', 1, 1, 0, 1760000000, NULL, 2, 'replica-old', 'guid-0', 1760000000, 'GitHub answered 502');
INSERT INTO public.overrides VALUES (5000000001, 'size', 'acme/shop', 2, '2222222222222222222222222222222222222222', 'lead', 'generated client', 1760000000, 'https://github.com/acme/shop/pull/2#issuecomment-5000000001');
INSERT INTO public.pulls VALUES ('acme/shop', 1, 7001, '1111111111111111111111111111111111111111', 1760000000, 1760000000, true, 'hotfix', '1111111111111111111111111111111111111111', 'failure', 1760000001);
INSERT INTO public.pulls VALUES ('acme/shop', 2, 7001, '2222222222222222222222222222222222222222', 1760000000, 1760000000, true, 'hotfix', '2222222222222222222222222222222222222222', 'failure', 1760000001);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.deliveries
    ADD CONSTRAINT deliveries_pkey PRIMARY KEY (guid);
ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.overrides
    ADD CONSTRAINT overrides_pkey PRIMARY KEY (comment_id, rule);
ALTER TABLE ONLY public.pulls
    ADD CONSTRAINT pulls_pkey PRIMARY KEY (repo, number);
CREATE INDEX deliveries_received_at ON public.deliveries USING btree (received_at);
CREATE INDEX jobs_open ON public.jobs USING btree (priority, due_at) WHERE (wanted > done);
CREATE INDEX overrides_pull ON public.overrides USING btree (repo, number);
