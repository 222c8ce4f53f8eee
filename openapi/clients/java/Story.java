// The story of the service, told by the generated Java client against a live server.
//
// FIRSTINLINE_URL and FIRSTINLINE_KEY say where and as whom; what was read is printed as JSON. The
// HttpClient is Java's own with its defaults, so each connection begins with `Upgrade: h2c`.

import example.firstinline.ApiClient;
import example.firstinline.ApiException;
import example.firstinline.api.ApplicationsApi;
import example.firstinline.api.CandidatesApi;
import example.firstinline.api.FollowUpsApi;
import example.firstinline.api.PositionsApi;
import example.firstinline.api.ShortlistsApi;
import example.firstinline.model.*;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;

public final class Story {
    private static final OffsetDateTime AS_OF = OffsetDateTime.parse("2019-05-13T09:00:00Z");

    private record Piece(String text, String competency, int level) {}

    private record Letter(
        String day, Integer number, MilestoneCreate.KindEnum kind, String title) {}

    private static final List<Piece> ADVICE = List.of(
        new Piece("Two solid semesters of grades", "academics", 3),
        new Piece("A job with customers: call center or retail", "customer-facing", 3),
        new Piece("Join a student club", "leadership", 2));

    private static final List<Letter> LETTERS = List.of(
        new Letter("2018-10-25", 2, MilestoneCreate.KindEnum.JOB, "Greeter at a steakhouse"),
        new Letter("2018-11-26", 2, MilestoneCreate.KindEnum.PROMOTION, "Waiter"),
        new Letter("2019-01-07", 1, MilestoneCreate.KindEnum.GRADE, "Dean's List"),
        new Letter("2019-02-11", 3, MilestoneCreate.KindEnum.ASSOCIATION, "Marketing club"),
        new Letter("2019-03-11", 2, MilestoneCreate.KindEnum.AWARD, "Employee of the month"),
        new Letter("2019-04-08", null, MilestoneCreate.KindEnum.BOOK, "A book about selling"));

    private final CandidatesApi candidates;
    private final PositionsApi positions;
    private final ApplicationsApi applications;
    private final FollowUpsApi followUps;
    private final ShortlistsApi shortlists;

    private Story(ApiClient client) {
        candidates = new CandidatesApi(client);
        positions = new PositionsApi(client);
        applications = new ApplicationsApi(client);
        followUps = new FollowUpsApi(client);
        shortlists = new ShortlistsApi(client);
    }

    private static OffsetDateTime at(String day) {
        return OffsetDateTime.parse(day + "T15:00:00Z");
    }

    private static void same(Object found, Object wanted) {
        if (!Objects.equals(found, wanted)) {
            throw new AssertionError(found + " is not " + wanted);
        }
    }

    private UUID openInternship() throws ApiException {
        RequirementCreate wanted = new RequirementCreate()
            .competency("customer-facing")
            .minLevel(3)
            .kind(RequirementCreate.KindEnum.MUST_HAVE);
        PositionCreate body = new PositionCreate()
            .title("Summer sales internship")
            .jobFamily("sales")
            .openings(1)
            .startsOn(LocalDate.parse("2019-05-27"))
            .requirements(List.of(wanted));
        UUID id = positions.createPosition(
            PositionsApi.APICreatePositionRequest.newBuilder().positionCreate(body).build()).getId();
        PositionOpened opened = positions.openPosition(
            PositionsApi.APIOpenPositionRequest.newBuilder()
                .positionId(id)
                .positionStep(new PositionStep().effectiveAt(at("2018-09-01")))
                .build());
        same(opened.getStatus(), "open");
        return id;
    }

    private UUID candidate(CandidateCreate body, String key) throws ApiException {
        return candidates.createCandidate(
            CandidatesApi.APICreateCandidateRequest.newBuilder()
                .candidateCreate(body)
                .idempotencyKey(key)
                .build()).getId();
    }

    private UUID apply(UUID candidate, UUID position) throws ApiException {
        ApplicationCreate body = new ApplicationCreate()
            .candidateId(candidate)
            .positionId(position)
            .appliedAt(OffsetDateTime.parse("2018-09-15T09:00:00Z"));
        return applications.createApplication(
            ApplicationsApi.APICreateApplicationRequest.newBuilder()
                .applicationCreate(body)
                .build()).getId();
    }

    private void hire(UUID application, String day) throws ApiException {
        ApplicationRead hired = applications.hireApplication(
            ApplicationsApi.APIHireApplicationRequest.newBuilder()
                .applicationId(application)
                .applicationHire(new ApplicationHire().hiredAt(at(day)))
                .build());
        same(hired.getStatus(), ApplicationRead.StatusEnum.HIRED);
    }

    private void turnDown(UUID application) throws ApiException {
        List<AdviceBody> advice = ADVICE.stream()
            .map(piece -> new AdviceBody()
                .text(piece.text())
                .competency(piece.competency())
                .targetLevel(piece.level()))
            .collect(Collectors.toList());
        ApplicationReject body = new ApplicationReject()
            .rejectedAt(OffsetDateTime.parse("2018-10-04T16:00:00Z"))
            .reason("Not yet")
            .followUpsInvited(ApplicationReject.FollowUpsInvitedEnum.YES)
            .keepInTouch(new KeepInTouchBody().granted(true))
            .advice(advice);
        ApplicationRejected rejected = applications.rejectApplication(
            ApplicationsApi.APIRejectApplicationRequest.newBuilder()
                .applicationId(application)
                .applicationReject(body)
                .build());
        same(rejected.getStatus(), ApplicationRejected.StatusEnum.REJECTED);
    }

    private void keepInTouch(UUID student) throws ApiException {
        Map<Long, UUID> given = applications.listAdvice(
            ApplicationsApi.APIListAdviceRequest.newBuilder().candidateId(student).build())
            .getItems().stream()
            .collect(Collectors.toMap(one -> one.getNumber().longValue(), AdviceRead::getId));
        same(given.keySet(), java.util.Set.of(1L, 2L, 3L));
        for (Letter letter : LETTERS) {
            UUID advice = letter.number() == null ? null : given.get(letter.number().longValue());
            FollowUpCreate body = new FollowUpCreate()
                .occurredAt(at(letter.day()))
                .channel(FollowUpCreate.ChannelEnum.EMAIL)
                .adviceIds(advice == null ? List.of() : List.of(advice))
                .milestones(List.of(new MilestoneCreate()
                    .kind(letter.kind())
                    .title(letter.title())
                    .adviceId(advice)));
            FollowUpRead sent = followUps.createFollowUp(
                FollowUpsApi.APICreateFollowUpRequest.newBuilder()
                    .candidateId(student)
                    .followUpCreate(body)
                    .build());
            same(sent.getMilestones().get(0).getStatus(), MilestoneRead.StatusEnum.REPORTED);
        }
    }

    private EntryRead readTheShortlist(UUID position, UUID student) throws ApiException {
        ShortlistRead made = shortlists.createShortlist(
            ShortlistsApi.APICreateShortlistRequest.newBuilder()
                .positionId(position)
                .shortlistCreate(new ShortlistCreate().asOf(AS_OF))
                .build());
        ShortlistRead found = shortlists.readShortlist(
            ShortlistsApi.APIReadShortlistRequest.newBuilder().shortlistId(made.getId()).build());
        same(found.getEntries(), made.getEntries());
        ReplayRead replayed = shortlists.replayShortlist(
            ShortlistsApi.APIReplayShortlistRequest.newBuilder().shortlistId(made.getId()).build());
        same(replayed.getIdentical(), true);
        EntryRead first = found.getEntries().get(0);
        same(first.getCandidate().getId(), student);
        return first;
    }

    private void refuseTheStale(UUID student) throws ApiException {
        CandidateUpdate body = new CandidateUpdate().location("Utah");
        CandidatesApi.APIUpdateCandidateRequest.Builder asked =
            CandidatesApi.APIUpdateCandidateRequest.newBuilder()
                .candidateId(student)
                .candidateUpdate(body);
        same(candidates.updateCandidate(asked.build()).getLocation(), "Utah");
        try {
            candidates.updateCandidate(asked.ifMatch("\"1\"").build());
            throw new AssertionError("a stale ETag was taken");
        } catch (ApiException problem) {
            same(problem.getCode(), 412);
        }
    }

    public static void main(String[] arguments) throws ApiException {
        ApiClient client = new ApiClient();
        client.updateBaseUri(System.getenv("FIRSTINLINE_URL"));
        String key = System.getenv("FIRSTINLINE_KEY");
        client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + key));
        Story story = new Story(client);

        UUID position = story.openInternship();
        CandidateCreate max = new CandidateCreate().fullName("Max Mustermann");
        UUID somebody = story.candidate(max, "max");
        same(story.candidate(max, "max"), somebody);
        UUID hired = story.apply(somebody, position);
        story.hire(hired, "2018-10-05");
        UUID student = story.candidate(
            new CandidateCreate()
                .fullName("Sam Porter")
                .availableFrom(LocalDate.parse("2019-01-01"))
                .emails(List.of(new EmailCreate().address("sam@student.example"))),
            "sam");
        UUID application = story.apply(student, position);
        story.turnDown(application);
        story.keepInTouch(student);
        ApplicationLost lost = story.applications.withdrawApplication(
            ApplicationsApi.APIWithdrawApplicationRequest.newBuilder()
                .applicationId(hired)
                .applicationWithdraw(
                    new ApplicationWithdraw().withdrawnAt(AS_OF).reason("Another offer"))
                .build());
        same(lost.getStatus(), ApplicationLost.StatusEnum.WITHDRAWN);
        EntryRead first = story.readTheShortlist(position, student);
        story.hire(application, "2019-05-13");
        story.refuseTheStale(student);
        System.out.println(
            "{\"rank\": " + first.getRank() + ", \"persistence\": " + first.getPersistence() + "}");
    }
}
