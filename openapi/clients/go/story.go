// The story of the service, told by the generated Go client against a live server.
//
// FIRSTINLINE_URL and FIRSTINLINE_KEY say where and as whom; what was read is printed as JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"time"

	fil "example.com/acme/firstinline"
)

type piece struct {
	text, competency string
	level            int32
}

type letter struct {
	day         string
	number      int64
	kind, title string
}

var (
	asOf   = instant("2019-05-13T09:00:00Z")
	advice = []piece{
		{"Two solid semesters of grades", "academics", 3},
		{"A job with customers: call center, restaurant or retail", "customer-facing", 3},
		{"Join a student club", "leadership", 2},
	}
	// The number of the advice that a letter names; 0: none.
	letters = []letter{
		{"2018-10-25", 2, "job", "Greeter at a steakhouse"},
		{"2018-11-26", 2, "promotion", "Waiter"},
		{"2019-01-07", 1, "grade", "Dean's List"},
		{"2019-02-11", 3, "association", "Marketing club"},
		{"2019-03-11", 2, "award", "Employee of the month"},
		{"2019-04-08", 0, "book", "A book about selling"},
	}
)

func instant(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return at
}

func at(day string) time.Time { return instant(day + "T15:00:00Z") }

// got returns what was answered; a problem ends the story.
func got[T any](found T, answer *http.Response, err error) T {
	if err != nil {
		told := err.Error()
		if problem, ok := err.(*fil.GenericOpenAPIError); ok {
			told += ": " + string(problem.Body())
		}
		panic(told)
	}
	return found
}

func same(found, wanted any) {
	if !reflect.DeepEqual(found, wanted) {
		panic(fmt.Sprintf("%v is not %v", found, wanted))
	}
}

type story struct {
	*fil.APIClient
	ctx context.Context
}

func (s story) openInternship() string {
	body := fil.NewPositionCreate("Summer sales internship")
	body.SetJobFamily("sales")
	body.SetOpenings(1)
	body.SetStartsOn("2019-05-27")
	body.SetRequirements([]fil.RequirementCreate{
		*fil.NewRequirementCreate("customer-facing", 3, "must_have"),
	})
	made := got(s.PositionsAPI.CreatePosition(s.ctx).PositionCreate(*body).Execute())
	step := fil.NewPositionStep()
	step.SetEffectiveAt(at("2018-09-01"))
	opened := got(s.PositionsAPI.OpenPosition(s.ctx, made.Id).PositionStep(*step).Execute())
	same(opened.Status, "open")
	return made.Id
}

func (s story) candidate(body *fil.CandidateCreate, key string) string {
	asked := s.CandidatesAPI.CreateCandidate(s.ctx).CandidateCreate(*body).IdempotencyKey(key)
	return got(asked.Execute()).Id
}

func (s story) apply(candidate, position string) string {
	body := fil.NewApplicationCreate(candidate, position)
	body.SetAppliedAt(instant("2018-09-15T09:00:00Z"))
	asked := s.ApplicationsAPI.CreateApplication(s.ctx).ApplicationCreate(*body)
	return got(asked.Execute()).Id
}

func (s story) hire(application, day string) {
	body := fil.NewApplicationHire()
	body.SetHiredAt(at(day))
	asked := s.ApplicationsAPI.HireApplication(s.ctx, application).ApplicationHire(*body)
	same(got(asked.Execute()).Status, "hired")
}

func (s story) turnDown(application string) {
	given := []fil.AdviceBody{}
	for _, one := range advice {
		body := fil.NewAdviceBody(one.text)
		body.SetCompetency(one.competency)
		body.SetTargetLevel(one.level)
		given = append(given, *body)
	}
	body := fil.NewApplicationReject()
	body.SetRejectedAt(instant("2018-10-04T16:00:00Z"))
	body.SetReason("Not yet")
	body.SetFollowUpsInvited("yes")
	body.SetKeepInTouch(*fil.NewKeepInTouchBody(true))
	body.SetAdvice(given)
	asked := s.ApplicationsAPI.RejectApplication(s.ctx, application).ApplicationReject(*body)
	same(got(asked.Execute()).Status, "rejected")
}

func (s story) keepInTouch(student string) {
	given := map[int64]string{}
	for _, one := range got(s.ApplicationsAPI.ListAdvice(s.ctx, student).Execute()).Items {
		given[int64(one.Number)] = one.Id
	}
	same(len(given), 3)
	for _, one := range letters {
		reported := fil.NewMilestoneCreate(one.kind, one.title)
		body := fil.NewFollowUpCreate("email")
		body.SetOccurredAt(at(one.day))
		if one.number != 0 {
			reported.SetAdviceId(given[one.number])
			body.SetAdviceIds([]string{given[one.number]})
		}
		body.SetMilestones([]fil.MilestoneCreate{*reported})
		sent := got(s.FollowUpsAPI.CreateFollowUp(s.ctx, student).FollowUpCreate(*body).Execute())
		same(sent.Milestones[0].Status, "reported")
	}
}

func (s story) loseTheHire(application string) {
	body := fil.NewApplicationWithdraw()
	body.SetWithdrawnAt(asOf)
	body.SetReason("Another offer")
	asked := s.ApplicationsAPI.WithdrawApplication(s.ctx, application).ApplicationWithdraw(*body)
	same(got(asked.Execute()).Status, "withdrawn")
}

func (s story) readTheShortlist(position, student string) fil.EntryRead {
	body := fil.NewShortlistCreate()
	body.SetAsOf(asOf)
	made := got(s.ShortlistsAPI.CreateShortlist(s.ctx, position).ShortlistCreate(*body).Execute())
	found := got(s.ShortlistsAPI.ReadShortlist(s.ctx, made.Id).Execute())
	same(found.Entries, made.Entries)
	same(got(s.ShortlistsAPI.ReplayShortlist(s.ctx, made.Id).Execute()).Identical, true)
	first := found.Entries[0]
	same(first.Candidate.Get().Id, student)
	return first
}

func (s story) refuseTheStale(student string) {
	body := fil.NewCandidateUpdate()
	body.SetLocation("Utah")
	asked := s.CandidatesAPI.UpdateCandidate(s.ctx, student).CandidateUpdate(*body)
	same(*got(asked.Execute()).Location.Get(), "Utah")
	body.SetLocationNil()
	cleared := got(s.CandidatesAPI.UpdateCandidate(s.ctx, student).CandidateUpdate(*body).Execute())
	same(cleared.Location.IsSet() && cleared.Location.Get() == nil, true)
	_, answer, err := asked.IfMatch(`"1"`).Execute()
	if err == nil {
		panic("a stale ETag was taken")
	}
	same(answer.StatusCode, 412)
}

func main() {
	configuration := fil.NewConfiguration()
	configuration.Servers = fil.ServerConfigurations{{URL: os.Getenv("FIRSTINLINE_URL")}}
	ctx := context.WithValue(
		context.Background(), fil.ContextAccessToken, os.Getenv("FIRSTINLINE_KEY"))
	s := story{fil.NewAPIClient(configuration), ctx}

	position := s.openInternship()
	max := fil.NewCandidateCreate("Max Mustermann")
	somebody := s.candidate(max, "max")
	same(s.candidate(max, "max"), somebody)
	hired := s.apply(somebody, position)
	s.hire(hired, "2018-10-05")
	sam := fil.NewCandidateCreate("Sam Porter")
	sam.SetAvailableFrom("2019-01-01")
	sam.SetEmails([]fil.EmailCreate{*fil.NewEmailCreate("sam@student.example")})
	student := s.candidate(sam, "sam")
	application := s.apply(student, position)
	s.turnDown(application)
	s.keepInTouch(student)
	s.loseTheHire(hired)
	first := s.readTheShortlist(position, student)
	s.hire(application, "2019-05-13")
	s.refuseTheStale(student)
	told, _ := json.Marshal(map[string]any{
		"rank": first.Rank, "persistence": *first.Persistence.Get(),
	})
	fmt.Println(string(told))
}
