// The story of the service, told by the generated TypeScript client against a live server.
//
// FIRSTINLINE_URL and FIRSTINLINE_KEY say where and as whom; what was read is printed as JSON.

import assert from 'node:assert/strict';

import * as fil from './client/index.js';

const AS_OF = new Date('2019-05-13T09:00:00Z');
const ADVICE: [string, string, number][] = [
    ['Two solid semesters of grades', 'academics', 3],
    ['A job with customers: call center, restaurant or retail', 'customer-facing', 3],
    ['Join a student club', 'leadership', 2],
];
// day, number of the advice it names, kind and title of the milestone
const LETTERS: [string, number | null, fil.MilestoneCreateKindEnum, string][] = [
    ['2018-10-25', 2, 'job', 'Greeter at a steakhouse'],
    ['2018-11-26', 2, 'promotion', 'Waiter'],
    ['2019-01-07', 1, 'grade', "Dean's List"],
    ['2019-02-11', 3, 'association', 'Marketing club'],
    ['2019-03-11', 2, 'award', 'Employee of the month'],
    ['2019-04-08', null, 'book', 'A book about selling'],
];

const configuration = new fil.Configuration({
    basePath: process.env.FIRSTINLINE_URL,
    accessToken: process.env.FIRSTINLINE_KEY,
});
const candidates = new fil.CandidatesApi(configuration);
const positions = new fil.PositionsApi(configuration);
const applications = new fil.ApplicationsApi(configuration);
const followUps = new fil.FollowUpsApi(configuration);
const upserts = new fil.UpsertsApi(configuration);
const shortlists = new fil.ShortlistsApi(configuration);

function at(day: string): Date {
    return new Date(`${day}T15:00:00Z`);
}

async function openInternship(): Promise<string> {
    const { id } = await positions.createPosition({
        positionCreate: {
            title: 'Summer sales internship',
            jobFamily: 'sales',
            openings: 1,
            startsOn: new Date('2019-05-27'),
            requirements: [{ competency: 'customer-facing', minLevel: 3, kind: 'must_have' }],
        },
    });
    const opened = await positions.openPosition({
        positionId: id,
        positionStep: { effectiveAt: at('2018-09-01') },
    });
    assert.equal(opened.status, 'open');
    return id;
}

async function apply(candidateId: string, positionId: string): Promise<string> {
    const applied = await applications.createApplication({
        applicationCreate: { candidateId, positionId, appliedAt: new Date('2018-09-15T09:00:00Z') },
    });
    return applied.id;
}

async function hireSomebody(positionId: string): Promise<string> {
    const asked = { candidateCreate: { fullName: 'Max Mustermann' }, idempotencyKey: 'max' };
    const { id } = await candidates.createCandidate(asked);
    const again = await candidates.createCandidate(asked);
    assert.equal(again.id, id, 'the same keyed write twice is one candidate');
    const applicationId = await apply(id, positionId);
    const hired = await applications.hireApplication({
        applicationId,
        applicationHire: { hiredAt: at('2018-10-05') },
    });
    assert.equal(hired.status, 'hired');
    return applicationId;
}

async function turnDown(positionId: string): Promise<[string, string]> {
    const { id } = await candidates.createCandidate({
        candidateCreate: {
            fullName: 'Sam Porter',
            availableFrom: new Date('2019-01-01'),
            emails: [{ address: 'sam@student.example' }],
            externalIds: [{ source: 'ats', type: 'candidate', id: '17' }],
        },
    });
    const applicationId = await apply(id, positionId);
    const rejected = await applications.rejectApplication({
        applicationId,
        applicationReject: {
            rejectedAt: new Date('2018-10-04T16:00:00Z'),
            reason: 'Not yet',
            followUpsInvited: 'yes',
            keepInTouch: { granted: true },
            advice: ADVICE.map(([text, competency, targetLevel]) => ({ text, competency, targetLevel })),
        },
    });
    assert.equal(rejected.status, 'rejected');
    return [id, applicationId];
}

async function keepInTouch(candidateId: string): Promise<void> {
    const given = new Map<number | null, string>();
    for (const { number, id } of (await applications.listAdvice({ candidateId })).items) {
        given.set(number, id);
    }
    assert.deepEqual([...given.keys()].sort(), [1, 2, 3]);
    for (const [day, number, kind, title] of LETTERS) {
        const adviceId = given.get(number);
        const sent = await followUps.createFollowUp({
            candidateId,
            followUpCreate: {
                occurredAt: at(day),
                channel: 'email',
                adviceIds: adviceId === undefined ? [] : [adviceId],
                milestones: [{ kind, title, adviceId }],
            },
        });
        assert.equal(sent.milestones[0]?.status, 'reported');
    }
}

async function readTheShortlist(positionId: string, student: string): Promise<fil.EntryRead> {
    const made = await shortlists.createShortlist({ positionId, shortlistCreate: { asOf: AS_OF } });
    const found = await shortlists.readShortlist({ shortlistId: made.id });
    assert.deepEqual(found.entries, made.entries);
    const replayed = await shortlists.replayShortlist({ shortlistId: made.id });
    assert.equal(replayed.identical, true);
    const first = found.entries[0];
    assert.ok(first);
    assert.equal(first.rank, 1);
    assert.equal(first.candidate?.id, student);
    assert.equal(first.persistence?.toFixed(6), '0.397194');
    return first;
}

async function hireTheStudent(positionId: string, applicationId: string): Promise<void> {
    const hire = { hiredAt: at('2019-05-13') };
    await applications.hireApplication({ applicationId, applicationHire: hire });
    const seats = (await positions.listOpenings({ positionId })).items;
    const filled = seats.map((seat) => [seat.status, seat.applicationId]);
    assert.deepEqual(filled, [['filled', applicationId]], 'its one seat is filled once');
}

async function problemOf(asked: Promise<unknown>): Promise<fil.ProblemBody> {
    const error: unknown = await asked.then(() => null, (reason: unknown) => reason);
    assert.ok(error instanceof fil.ResponseError);
    return fil.ProblemBodyFromJSON(await error.response.json());
}

async function correct(candidateId: string): Promise<void> {
    const externalId = { source: 'ats', type: 'candidate', id: '17' };
    const batch = await upserts.createFollowUps({
        followUpBatch: {
            items: [
                {
                    candidate: { externalId },
                    occurredAt: new Date('2019-05-12T09:00:00Z'),
                    channel: 'call',
                    direction: 'outbound',
                },
            ],
        },
    });
    const [done] = batch.items;
    assert.equal(done?.outcome, 'created');
    assert.ok(done?.id);
    await followUps.deleteFollowUp({ followUpId: done.id });
    const before = await candidates.readCandidateRaw({ candidateId });
    const ifMatch = before.raw.headers.get('ETag') ?? '';
    const moved = await candidates.updateCandidate({
        candidateId,
        candidateUpdate: { location: 'Utah', tags: ['hired'] },
        ifMatch,
    });
    assert.deepEqual([moved.location, moved.tags], ['Utah', ['hired']]);
    const nowhere = { candidateId, candidateUpdate: { location: null } };
    const cleared = await candidates.updateCandidate(nowhere);
    assert.deepEqual([cleared.location, cleared.tags], [null, ['hired']]);
    const stale = await problemOf(candidates.updateCandidate({ ...nowhere, ifMatch }));
    assert.equal(stale.type, '/problems/stale-version');
    const nobody = '00000000-0000-0000-0000-000000000000';
    const missing = await problemOf(candidates.readCandidate({ candidateId: nobody }));
    assert.equal(missing.status, 404);
}

const positionId = await openInternship();
const hiredId = await hireSomebody(positionId);
const [studentId, applicationId] = await turnDown(positionId);
await keepInTouch(studentId);
const lost = await applications.withdrawApplication({
    applicationId: hiredId,
    applicationWithdraw: { withdrawnAt: AS_OF, reason: 'Another offer' },
});
assert.equal(lost.status, 'withdrawn');
const first = await readTheShortlist(positionId, studentId);
await hireTheStudent(positionId, applicationId);
await correct(studentId);
console.log(JSON.stringify({ rank: first.rank, persistence: first.persistence }));
