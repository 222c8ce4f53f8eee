// From nothing to a ranked shortlist. Needs Node 20 or newer, for its fetch.

const { FIRSTINLINE_URL, FIRSTINLINE_KEY } = process.env;

interface Row {
    id: string;
}
interface Shortlist extends Row {
    entries: { rank: number; candidate: { full_name: string } }[];
}

async function post<T = Row>(path: string, body: unknown): Promise<T> {
    const answer = await fetch(`${FIRSTINLINE_URL}/v1/${path}`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${FIRSTINLINE_KEY}`, 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
    });
    if (!answer.ok) {
        throw new Error(await answer.text());
    }
    return (await answer.json()) as T;
}

const position = await post('positions', { title: 'Internship', job_family: 'sales' });
const candidate = await post('candidates', { full_name: 'Sam Porter' });
const application = await post('applications', {
    candidate_id: candidate.id,
    position_id: position.id,
});
await post(`applications/${application.id}/reject`, {
    rejected_at: '2018-10-04T16:00:00Z',
    reason: 'Not yet',
    follow_ups_invited: 'yes',
    keep_in_touch: { granted: true },
    advice: [{ text: 'A job with customers' }],
});
await post(`candidates/${candidate.id}/follow-ups`, {
    occurred_at: '2019-04-08T15:00:00Z',
    channel: 'email',
    milestones: [{ kind: 'job', title: 'Waiter' }],
});
const made = await post<Shortlist>(`positions/${position.id}/shortlists`, {
    as_of: '2019-05-13T09:00:00Z',
});
console.log(made.entries[0]?.candidate.full_name);
