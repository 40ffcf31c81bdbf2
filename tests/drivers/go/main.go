// The Go client of the API (server/public/model), unchanged, against a server at HUBBUB_URL whose first person is admin/password1.
// Prints "ok NAME" or "FAIL NAME why" for each step; a step uses what the ones before it made.
package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/mattermost/mattermost/server/public/model"
)

var ctx = context.Background()

// A picture of one point.
var picture, _ = base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")

// A failed step panics; run() tells.
func got[T any](v T, _ *model.Response, err error) T {
	done(nil, err)
	return v
}

func done(_ *model.Response, err error) {
	if err != nil {
		panic(err)
	}
}

func want(ok bool, what string, args ...any) {
	if !ok {
		panic(fmt.Sprintf(what, args...))
	}
}

func refused(status int, r *model.Response, err error) {
	want(err != nil, "it was not refused")
	want(r != nil && r.StatusCode == status, "refused with %v: %v", r, err)
}

// Asks again until it holds, for what is done a moment later.
func until(what string, holds func() bool) {
	for end := time.Now().Add(time.Minute); !holds(); time.Sleep(20 * time.Millisecond) {
		want(time.Now().Before(end), "waited too long for %s", what)
	}
}

// Sign-ins are limited for each address.
func login(c *model.Client4, name, password string) *model.User {
	for end := time.Now().Add(time.Minute); ; time.Sleep(200 * time.Millisecond) {
		u, r, err := c.Login(ctx, name, password)
		if err == nil {
			return u
		}
		want(r != nil && r.StatusCode == 429 && time.Now().Before(end), "login: %v", err)
	}
}

type world struct {
	url, hears         string
	c, bob             *model.Client4
	me, bobby          *model.User
	team               *model.Team
	channel, direct    *model.Channel
	root, reply, shown *model.Post
	file               *model.FileInfo
	ws                 *model.WebSocketClient
}

// The next event of a name; others are passed over.
func (w *world) event(name model.WebsocketEventType, fits func(e *model.WebSocketEvent) bool) *model.WebSocketEvent {
	limit := time.After(time.Minute)
	for {
		select {
		case e := <-w.ws.EventChannel:
			want(e != nil, "the socket was closed: %v", w.ws.ListenError)
			if e.EventType() == name && (fits == nil || fits(e)) {
				return e
			}
		case <-limit:
			panic("waited too long for " + string(name))
		}
	}
}

func (w *world) reply2(seq int64) *model.WebSocketResponse {
	limit := time.After(time.Minute)
	for {
		select {
		case r := <-w.ws.ResponseChannel:
			if r.SeqReply == seq {
				return r
			}
		case <-w.ws.EventChannel:
		case <-limit:
			panic("waited too long for a reply")
		}
	}
}

type step struct {
	name string
	run  func(w *world)
}

func run(w *world, s step) (ok bool) {
	defer func() {
		if why := recover(); why != nil {
			fmt.Printf("FAIL go: %s: %s\n", s.name, strings.ReplaceAll(fmt.Sprint(why), "\n", " "))
			ok = false
		}
	}()
	s.run(w)
	fmt.Printf("ok go: %s\n", s.name)
	return true
}

func main() {
	url := os.Getenv("HUBBUB_URL")
	w := &world{url: url, hears: os.Getenv("HUBBUB_HEARS"), c: model.NewAPIv4Client(url), bob: model.NewAPIv4Client(url)}
	failed := 0
	for _, list := range [][]step{people, places, talk, around, integrations, goodbye} {
		for _, s := range list {
			if !run(w, s) {
				failed++
			}
		}
	}
	if failed > 0 {
		os.Exit(1)
	}
}

var people = []step{
	{"the server is well", func(w *world) {
		want(got(w.c.GetPing(ctx)) == "OK", "not OK")
		want(got(w.c.GetPingWithServerStatus(ctx)) == "OK", "not OK")
		want(got(w.c.GetPingWithFullServerStatus(ctx))["status"] == "OK", "not OK")
		want(got(w.c.GetClientConfig(ctx, ""))["EnableOpenServer"] == "true", "no such setting")
		got(w.c.GetOldClientLicense(ctx, ""))
	}},
	{"signs in, and not with a wrong password", func(w *world) {
		w.me = login(w.c, "admin", "password1")
		want(got(w.c.GetMe(ctx, "")).Id == w.me.Id, "somebody else")
		_, r, err := model.NewAPIv4Client(w.url).Login(ctx, "admin", "wrong")
		want(err != nil && (r.StatusCode == 401 || r.StatusCode == 429), "%v", r)
	}},
	{"people are made, found and changed", func(w *world) {
		w.bobby = got(w.c.CreateUser(ctx, &model.User{Email: "bob@example.com", Username: "bob", Password: "password1"}))
		login(w.bob, "bob@example.com", "password1")
		want(got(w.c.GetUser(ctx, w.bobby.Id, "")).Username == "bob", "not bob")
		want(got(w.c.GetUserByUsername(ctx, "bob", "")).Id == w.bobby.Id, "not bob")
		want(got(w.c.GetUserByEmail(ctx, "bob@example.com", "")).Id == w.bobby.Id, "not bob")
		want(len(got(w.c.GetUsersByIds(ctx, []string{w.bobby.Id}))) == 1, "not one")
		want(len(got(w.c.GetUsersByUsernames(ctx, []string{"bob", "nobody"}))) == 1, "not one")
		want(len(got(w.c.GetUsers(ctx, 0, 100, ""))) >= 2, "too few")
		want(len(got(w.c.GetUsersWithoutTeam(ctx, 0, 100, ""))) >= 1, "too few")
		want(got(w.c.PatchUser(ctx, w.bobby.Id, &model.UserPatch{Nickname: model.NewPointer("Bobby")})).Nickname == "Bobby", "not changed")
		want(got(w.c.SearchUsers(ctx, &model.UserSearch{Term: "bob", Limit: 10}))[0].Id == w.bobby.Id, "not found")
		done(w.c.SetProfileImage(ctx, w.me.Id, picture))
		want(len(got(w.c.GetProfileImage(ctx, w.me.Id, ""))) > 0, "no picture")
		_, r, err := w.c.GetUser(ctx, "not-an-id", "")
		refused(400, r, err)
		_, r, err = w.bob.PatchUser(ctx, w.me.Id, &model.UserPatch{Nickname: model.NewPointer("x")})
		refused(403, r, err)
	}},
	{"an etag spares the body", func(w *world) {
		_, r, err := w.c.GetUser(ctx, w.bobby.Id, "")
		done(r, err)
		if r.Etag != "" {
			_, again, err := w.c.GetUser(ctx, w.bobby.Id, r.Etag)
			done(again, err)
			want(again.StatusCode == 304, "not 304: %d", again.StatusCode)
		}
	}},
	{"tokens of one's own", func(w *world) {
		t := got(w.c.CreateUserAccessToken(ctx, w.me.Id, "a script"))
		script := model.NewAPIv4Client(w.url)
		script.SetToken(t.Token)
		want(got(script.GetMe(ctx, "")).Id == w.me.Id, "somebody else")
		want(len(got(w.c.GetUserAccessTokensForUser(ctx, w.me.Id, 0, 10))) == 1, "not one")
		done(w.c.RevokeUserAccessToken(ctx, t.Id))
		_, r, err := script.GetMe(ctx, "")
		refused(401, r, err)
	}},
	{"sessions and roles", func(w *world) {
		want(len(got(w.c.GetSessions(ctx, w.me.Id, ""))) >= 1, "none")
		want(got(w.c.GetRoleByName(ctx, "channel_user")).Name == "channel_user", "another")
		want(len(got(w.c.GetRolesByNames(ctx, []string{"system_user", "team_admin"}))) == 2, "not two")
		done(w.c.UpdateUserRoles(ctx, w.bobby.Id, "system_user"))
		want(len(got(w.c.GetSupportedTimezone(ctx))) > 100, "too few")
	}},
}

var places = []step{
	{"teams", func(w *world) {
		w.team = got(w.c.CreateTeam(ctx, &model.Team{Name: "gophers", DisplayName: "Gophers", Type: model.TeamOpen}))
		want(got(w.c.GetTeam(ctx, w.team.Id, "")).Name == "gophers", "another")
		want(got(w.c.GetTeamByName(ctx, "gophers", "")).Id == w.team.Id, "another")
		want(got(w.c.TeamExists(ctx, "gophers", "")), "not there")
		want(got(w.c.AddTeamMember(ctx, w.team.Id, w.bobby.Id)).UserId == w.bobby.Id, "another")
		want(len(got(w.c.GetTeamMembers(ctx, w.team.Id, 0, 10, ""))) == 2, "not two")
		want(got(w.c.GetTeamStats(ctx, w.team.Id, "")).TotalMemberCount == 2, "not two")
		want(got(w.c.PatchTeam(ctx, w.team.Id, &model.TeamPatch{Description: model.NewPointer("they dig")})).Description == "they dig", "not changed")
		want(len(got(w.bob.GetTeamsForUser(ctx, "me", ""))) >= 1, "none")
		want(len(got(w.bob.GetTeamsUnreadForUser(ctx, w.bobby.Id, "", true))) >= 1, "none")
		done(w.c.UpdateTeamMemberSchemeRoles(ctx, w.team.Id, w.bobby.Id, &model.SchemeRoles{SchemeUser: true, SchemeAdmin: true}))
		want(got(w.c.GetTeamMember(ctx, w.team.Id, w.bobby.Id, "")).SchemeAdmin, "not administrator")
		want(len(got(w.c.GetUsersInTeam(ctx, w.team.Id, 0, 10, ""))) == 2, "not two")
	}},
	{"channels", func(w *world) {
		w.channel = got(w.c.CreateChannel(ctx, &model.Channel{TeamId: w.team.Id, Name: "burrow", DisplayName: "Burrow", Type: model.ChannelTypeOpen}))
		want(got(w.c.GetChannel(ctx, w.channel.Id)).Name == "burrow", "another")
		want(got(w.c.GetChannelByName(ctx, "burrow", w.team.Id, "")).Id == w.channel.Id, "another")
		want(got(w.c.GetChannelByNameForTeamName(ctx, "burrow", "gophers", "")).Id == w.channel.Id, "another")
		want(got(w.c.AddChannelMember(ctx, w.channel.Id, w.bobby.Id)).UserId == w.bobby.Id, "another")
		want(len(got(w.c.GetChannelMembers(ctx, w.channel.Id, 0, 10, ""))) == 2, "not two")
		want(got(w.c.GetChannelStats(ctx, w.channel.Id, "", false)).MemberCount == 2, "not two")
		want(got(w.c.PatchChannel(ctx, w.channel.Id, &model.ChannelPatch{Header: model.NewPointer("deep")})).Header == "deep", "not changed")
		want(len(got(w.c.GetPublicChannelsForTeam(ctx, w.team.Id, 0, 10, ""))) == 3, "not three")
		want(len(got(w.c.GetChannelsForTeamForUser(ctx, w.team.Id, "me", false, ""))) == 3, "not three")
		want(len(got(w.bob.GetChannelMembersForUser(ctx, "me", w.team.Id, ""))) == 3, "not three")
		want(len(got(w.c.GetChannelMembersWithTeamData(ctx, "me", 0, 10))) >= 3, "too few")
		want(len(got(w.c.SearchChannels(ctx, w.team.Id, &model.ChannelSearch{Term: "burr"}))) == 1, "not one")
		want(len(got(w.c.AutocompleteChannelsForTeam(ctx, w.team.Id, "bu"))) == 1, "not one")
		want(len(got(w.c.AutocompleteUsersInChannel(ctx, w.team.Id, w.channel.Id, "bo", 10, "")).Users) == 1, "not one")
		done(w.bob.UpdateChannelNotifyProps(ctx, w.channel.Id, w.bobby.Id, map[string]string{"desktop": "all"}))
		want(got(w.bob.GetChannelMember(ctx, w.channel.Id, w.bobby.Id, "")).NotifyProps["desktop"] == "all", "not changed")
		want(got(w.c.UpdateChannelPrivacy(ctx, w.channel.Id, model.ChannelTypePrivate)).Type == model.ChannelTypePrivate, "not private")
		want(got(w.c.UpdateChannelPrivacy(ctx, w.channel.Id, model.ChannelTypeOpen)).Type == model.ChannelTypeOpen, "not open")
		w.direct = got(w.c.CreateDirectChannel(ctx, w.me.Id, w.bobby.Id))
		want(w.direct.Type == model.ChannelTypeDirect, "not direct")
		other := got(w.c.CreateChannel(ctx, &model.Channel{TeamId: w.team.Id, Name: "hole", DisplayName: "Hole", Type: model.ChannelTypePrivate}))
		done(w.c.DeleteChannel(ctx, other.Id))
		want(got(w.c.RestoreChannel(ctx, other.Id)).DeleteAt == 0, "still archived")
	}},
	{"the sidebar", func(w *world) {
		made := got(w.c.CreateSidebarCategoryForTeamForUser(ctx, w.me.Id, w.team.Id, &model.SidebarCategoryWithChannels{
			SidebarCategory: model.SidebarCategory{UserId: w.me.Id, TeamId: w.team.Id, DisplayName: "Work"}, Channels: []string{w.channel.Id}}))
		all := got(w.c.GetSidebarCategoriesForTeamForUser(ctx, w.me.Id, w.team.Id, ""))
		want(len(all.Categories) == 4 && made.DisplayName == "Work", "%d categories", len(all.Categories))
	}},
	{"groups", func(w *world) {
		g := got(w.c.CreateGroup(ctx, &model.Group{Name: model.NewPointer("diggers"), DisplayName: "Diggers", Source: model.GroupSourceCustom, AllowReference: true}))
		got(w.c.UpsertGroupMembers(ctx, g.Id, &model.GroupModifyMembers{UserIds: []string{w.bobby.Id}}))
		want(len(got(w.c.GetUsersInGroup(ctx, g.Id, 0, 10, ""))) == 1, "not one")
		want(len(got(w.c.GetUsersInGroupByDisplayName(ctx, g.Id, 0, 10, ""))) == 1, "not one")
		want(len(got(w.c.GetGroupsByNames(ctx, []string{"diggers"}))) == 1, "not one")
		want(len(got(w.c.GetGroups(ctx, model.GroupSearchOpts{Q: "dig", PageOpts: &model.PageOpts{Page: 0, PerPage: 10}}))) == 1, "not one")
	}},
}

var talk = []step{
	{"a WebSocket says hello", func(w *world) {
		ws, err := model.NewWebSocketClient4(strings.Replace(w.url, "http", "ws", 1), w.c.AuthToken)
		done(nil, err)
		w.ws = ws
		w.ws.Listen()
		want(w.event(model.WebsocketEventHello, nil).GetData()["connection_id"] != "", "no id")
	}},
	{"posts come as events", func(w *world) {
		w.root = got(w.bob.CreatePost(ctx, &model.Post{ChannelId: w.channel.Id, Message: "zebras, @admin"}))
		e := w.event(model.WebsocketEventPosted, nil)
		want(strings.Contains(e.GetData()["post"].(string), w.root.Id), "another post")
		want(strings.Contains(e.GetData()["mentions"].(string), w.me.Id), "no mention")
		w.reply = got(w.c.CreatePost(ctx, &model.Post{ChannelId: w.channel.Id, Message: "stripes", RootId: w.root.Id}))
		want(got(w.c.GetPostThread(ctx, w.root.Id, "", false)).Posts[w.reply.Id] != nil, "not in the thread")
	}},
	{"posts are changed and deleted", func(w *world) {
		want(got(w.bob.PatchPost(ctx, w.root.Id, &model.PostPatch{Message: model.NewPointer("zebras!")})).Message == "zebras!", "not changed")
		w.event(model.WebsocketEventPostEdited, nil)
		w.root.Message = "zebras?"
		want(got(w.bob.UpdatePost(ctx, w.root.Id, w.root)).Message == "zebras?", "not changed")
		p := got(w.bob.CreatePost(ctx, &model.Post{ChannelId: w.channel.Id, Message: "brief"}))
		done(w.bob.DeletePost(ctx, p.Id))
		w.event(model.WebsocketEventPostDeleted, nil)
		_, r, err := w.bob.GetPost(ctx, p.Id, "")
		refused(404, r, err)
		done(w.c.PinPost(ctx, w.root.Id))
		want(len(got(w.c.GetPinnedPosts(ctx, w.channel.Id, "")).Order) == 1, "not one")
		done(w.c.UnpinPost(ctx, w.root.Id))
		want(len(got(w.bob.GetEditHistoryForPost(ctx, w.root.Id))) == 2, "not two")
		want(got(w.c.GetPostInfo(ctx, w.root.Id)).ChannelId == w.channel.Id, "another")
	}},
	{"posts are read in pages", func(w *world) {
		want(len(got(w.c.GetPostsForChannel(ctx, w.channel.Id, 0, 2, "", false, false)).Order) == 2, "not two")
		want(len(got(w.c.GetPostsSince(ctx, w.channel.Id, w.root.CreateAt-1, true)).Order) >= 2, "too few")
		want(len(got(w.c.GetPostsBefore(ctx, w.channel.Id, w.reply.Id, 0, 10, "", false, false)).Order) >= 1, "none")
		want(len(got(w.c.GetPostsAfter(ctx, w.channel.Id, w.root.Id, 0, 10, "", false, false)).Order) == 1, "not one")
		want(len(got(w.bob.GetPostsAroundLastUnread(ctx, w.bobby.Id, w.channel.Id, 10, 10, false)).Order) >= 1, "none")
		want(len(got(w.c.GetPostsByIds(ctx, []string{w.root.Id}))) == 1, "not one")
		want(got(w.c.ViewChannel(ctx, w.me.Id, &model.ChannelView{ChannelId: w.channel.Id})).Status == "OK", "not OK")
		want(got(w.c.GetChannelUnread(ctx, w.channel.Id, w.me.Id)).MsgCount == 0, "something is unread")
		done(w.c.SetPostUnread(ctx, w.me.Id, w.root.Id, false))
		want(got(w.c.GetChannelUnread(ctx, w.channel.Id, w.me.Id)).MsgCount > 0, "nothing is unread")
	}},
	{"threads", func(w *world) {
		want(len(got(w.c.GetUserThreads(ctx, w.me.Id, w.team.Id, model.GetUserThreadsOpts{Extended: true})).Threads) == 1, "not one")
		want(got(w.c.GetUserThread(ctx, w.me.Id, w.team.Id, w.root.Id, true)).ReplyCount == 1, "not one")
		got(w.c.UpdateThreadReadForUser(ctx, w.me.Id, w.team.Id, w.root.Id, time.Now().UnixMilli()))
		done(w.c.UpdateThreadFollowForUser(ctx, w.me.Id, w.team.Id, w.root.Id, false))
		done(w.c.UpdateThreadFollowForUser(ctx, w.me.Id, w.team.Id, w.root.Id, true))
		done(w.c.UpdateThreadsReadForUser(ctx, w.me.Id, w.team.Id))
	}},
	{"reactions", func(w *world) {
		r := &model.Reaction{UserId: w.me.Id, PostId: w.root.Id, EmojiName: "tada"}
		want(got(w.c.SaveReaction(ctx, r)).EmojiName == "tada", "another")
		w.event(model.WebsocketEventReactionAdded, nil)
		want(len(got(w.c.GetReactions(ctx, w.root.Id))) == 1, "not one")
		want(len(got(w.c.GetBulkReactions(ctx, []string{w.root.Id}))) == 1, "not one")
		done(w.c.DeleteReaction(ctx, r))
		want(len(got(w.c.GetReactions(ctx, w.root.Id))) == 0, "not none")
	}},
	{"files", func(w *world) {
		up := got(w.c.UploadFile(ctx, picture, w.channel.Id, "dot.png"))
		w.file = up.FileInfos[0]
		want(w.file.Name == "dot.png" && w.file.Width == 1, "%+v", w.file)
		plain := got(w.c.UploadFileAsRequestBody(ctx, []byte("some text"), w.channel.Id, "notes.txt")).FileInfos[0]
		w.shown = got(w.c.CreatePost(ctx, &model.Post{ChannelId: w.channel.Id, Message: "look", FileIds: []string{w.file.Id, plain.Id}}))
		want(bytes.Equal(got(w.c.GetFile(ctx, w.file.Id)), picture), "other bytes")
		want(string(got(w.bob.GetFile(ctx, plain.Id))) == "some text", "other bytes")
		want(got(w.c.GetFileInfo(ctx, w.file.Id)).PostId == w.shown.Id, "another post")
		want(len(got(w.c.GetFileInfosForPost(ctx, w.shown.Id, ""))) == 2, "not two")
		want(strings.Contains(got(w.c.GetFileLink(ctx, w.file.Id)), "/public?h="), "no link")
		us := got(w.c.CreateUpload(ctx, &model.UploadSession{Type: model.UploadTypeAttachment, ChannelId: w.channel.Id, Filename: "parts.txt", FileSize: 6}))
		want(got(w.c.UploadData(ctx, us.Id, bytes.NewReader([]byte("abcdef")))).Size == 6, "not whole")
	}},
	{"search", func(w *world) {
		var found *model.PostList
		until("the post in the index", func() bool {
			found = got(w.c.SearchPosts(ctx, w.team.Id, "zebras", false))
			return len(found.Order) == 1
		})
		want(found.Order[0] == w.root.Id, "another")
		want(len(got(w.c.SearchPostsWithMatches(ctx, w.team.Id, "from:bob zebras", false)).Order) == 1, "not one")
		want(len(got(w.c.SearchPostsWithParams(ctx, w.team.Id, &model.SearchParameter{Terms: model.NewPointer("nothing"), IsOrSearch: model.NewPointer(true)})).Order) == 0, "not none")
	}},
	{"typing, status and questions go over the socket", func(w *world) {
		seq := w.ws.Sequence
		w.ws.GetStatusesByIds([]string{w.me.Id})
		want(w.reply2(seq).Data[w.me.Id] == "online", "not online")
		seq = w.ws.Sequence
		w.ws.UserTyping(w.channel.Id, "")
		want(w.reply2(seq).Status == "OK", "not OK")
	}},
}

var around = []step{
	{"status", func(w *world) {
		want(got(w.c.UpdateUserStatus(ctx, w.me.Id, &model.Status{UserId: w.me.Id, Status: "dnd"})).Status == "dnd", "another")
		want(got(w.c.GetUserStatus(ctx, w.me.Id, "")).Status == "dnd", "another")
		want(len(got(w.c.GetUsersStatusesByIds(ctx, []string{w.me.Id, w.bobby.Id}))) == 2, "not two")
		got(w.c.UpdateUserCustomStatus(ctx, w.me.Id, &model.CustomStatus{Emoji: "tea", Text: "a cup", Duration: "today", ExpiresAt: time.Now().Add(time.Hour)}))
		want(got(w.c.GetMe(ctx, "")).GetCustomStatus().Text == "a cup", "another")
		done(w.c.RemoveUserCustomStatus(ctx, w.me.Id))
	}},
	{"preferences", func(w *world) {
		p := model.Preferences{{UserId: w.me.Id, Category: "display_settings", Name: "name_format", Value: "username"}}
		done(w.c.UpdatePreferences(ctx, w.me.Id, p))
		want(len(got(w.c.GetPreferences(ctx, w.me.Id))) >= 1, "none")
		want(len(got(w.c.GetPreferencesByCategory(ctx, w.me.Id, "display_settings"))) == 1, "not one")
		want(got(w.c.GetPreferenceByCategoryAndName(ctx, w.me.Id, "display_settings", "name_format")).Value == "username", "another")
		done(w.c.DeletePreferences(ctx, w.me.Id, p))
	}},
	{"drafts, scheduled posts, reminders, saved posts", func(w *world) {
		want(got(w.c.UpsertDraft(ctx, &model.Draft{UserId: w.me.Id, ChannelId: w.channel.Id, Message: "half"})).Message == "half", "another")
		want(len(got(w.c.GetDrafts(ctx, "me", w.team.Id))) == 1, "not one")
		got(w.c.DeleteDraft(ctx, w.me.Id, w.channel.Id, ""))
		s := got(w.c.CreateScheduledPost(ctx, &model.ScheduledPost{Draft: model.Draft{UserId: w.me.Id, ChannelId: w.channel.Id, Message: "later"}, ScheduledAt: time.Now().Add(time.Hour).UnixMilli()}))
		want(len(got(w.c.GetUserScheduledPosts(ctx, w.team.Id, false))[w.team.Id]) == 1, "not one")
		got(w.c.DeleteScheduledPost(ctx, s.Id))
		done(w.c.SetPostReminder(ctx, &model.PostReminder{UserId: w.me.Id, PostId: w.root.Id, TargetTime: time.Now().Add(time.Hour).Unix()}))
		done(w.c.UpdatePreferences(ctx, w.me.Id, model.Preferences{{UserId: w.me.Id, Category: "flagged_post", Name: w.root.Id, Value: "true"}}))
		want(len(got(w.c.GetFlaggedPostsForUser(ctx, w.me.Id, 0, 10)).Order) == 1, "not one")
	}},
	{"emoji", func(w *world) {
		e := got(w.c.CreateEmoji(ctx, &model.Emoji{Name: "gopher", CreatorId: w.me.Id}, picture, "gopher.png"))
		want(got(w.c.GetEmojiByName(ctx, "gopher")).Id == e.Id, "another")
		want(len(got(w.c.GetEmojiList(ctx, 0, 10))) == 1, "not one")
		want(len(got(w.c.GetEmojiImage(ctx, e.Id))) > 0, "no picture")
		done(w.c.DeleteEmoji(ctx, e.Id))
	}},
	{"bookmarks", func(w *world) {
		b := got(w.c.CreateChannelBookmark(ctx, &model.ChannelBookmark{ChannelId: w.channel.Id, DisplayName: "docs", Type: model.ChannelBookmarkLink, LinkUrl: "https://example.com"}))
		want(len(got(w.c.ListChannelBookmarksForChannel(ctx, w.channel.Id, 0))) == 1, "not one")
		got(w.c.DeleteChannelBookmark(ctx, w.channel.Id, b.Id))
	}},
	{"numbers", func(w *world) {
		want(len(got(w.c.GetAnalyticsOld(ctx, "standard", w.team.Id))) > 3, "too few")
		want(got(w.c.GetChannelsMemberCount(ctx, []string{w.channel.Id}))[w.channel.Id] == 2, "not two")
	}},
}

var integrations = []step{
	{"incoming webhooks", func(w *world) {
		h := got(w.c.CreateIncomingWebhook(ctx, &model.IncomingWebhook{ChannelId: w.channel.Id, DisplayName: "ci"}))
		h.DisplayName = "build"
		want(got(w.c.UpdateIncomingWebhook(ctx, h)).DisplayName == "build", "not changed")
		want(got(w.c.GetIncomingWebhook(ctx, h.Id, "")).Id == h.Id, "another")
		want(len(got(w.c.GetIncomingWebhooksForTeam(ctx, w.team.Id, 0, 10, ""))) == 1, "not one")
		want(got(w.c.GetIncomingWebhooksWithCount(ctx, 0, 10, "")).TotalCount == 1, "not one")
		done(w.c.DeleteIncomingWebhook(ctx, h.Id))
	}},
	{"outgoing webhooks", func(w *world) {
		h := got(w.c.CreateOutgoingWebhook(ctx, &model.OutgoingWebhook{TeamId: w.team.Id, ChannelId: w.channel.Id, DisplayName: "out", TriggerWords: []string{"deploy"}, CallbackURLs: []string{w.hears}}))
		want(len(got(w.c.GetOutgoingWebhooksForChannel(ctx, w.channel.Id, 0, 10, ""))) == 1, "not one")
		want(got(w.c.RegenOutgoingHookToken(ctx, h.Id)).Token != h.Token, "the same token")
		done(w.c.DeleteOutgoingWebhook(ctx, h.Id))
	}},
	{"slash commands", func(w *world) {
		k := got(w.c.CreateCommand(ctx, &model.Command{TeamId: w.team.Id, Trigger: "dig", Method: "P", URL: w.hears, AutoComplete: true}))
		want(len(got(w.c.ListCommands(ctx, w.team.Id, true))) == 1, "not one")
		want(len(got(w.c.ListAutocompleteCommands(ctx, w.team.Id))) > 1, "too few")
		want(got(w.c.ExecuteCommand(ctx, w.channel.Id, "/dig deep")).Text == "heard", "another answer")
		want(got(w.c.RegenCommandToken(ctx, k.Id)) != k.Token, "the same token")
		k.DisplayName = "Dig"
		want(got(w.c.UpdateCommand(ctx, k)).DisplayName == "Dig", "not changed")
		done(w.c.DeleteCommand(ctx, k.Id))
	}},
	{"bots", func(w *world) {
		b := got(w.c.CreateBot(ctx, &model.Bot{Username: "mole", DisplayName: "Mole"}))
		want(got(w.c.PatchBot(ctx, b.UserId, &model.BotPatch{DisplayName: model.NewPointer("Moley")})).DisplayName == "Moley", "not changed")
		want(len(got(w.c.GetBots(ctx, 0, 100, ""))) >= 1, "none")
		t := got(w.c.CreateUserAccessToken(ctx, b.UserId, "its own"))
		got(w.c.AddTeamMember(ctx, w.team.Id, b.UserId))
		got(w.c.AddChannelMember(ctx, w.channel.Id, b.UserId))
		bot := model.NewAPIv4Client(w.url)
		bot.SetToken(t.Token)
		want(got(bot.CreatePost(ctx, &model.Post{ChannelId: w.channel.Id, Message: "dug"})).UserId == b.UserId, "somebody else")
		want(got(w.c.DisableBot(ctx, b.UserId)).DeleteAt > 0, "not disabled")
		want(got(w.c.EnableBot(ctx, b.UserId)).DeleteAt == 0, "not enabled")
		want(got(w.c.AssignBot(ctx, b.UserId, w.bobby.Id)).OwnerId == w.bobby.Id, "another")
	}},
}

var goodbye = []step{
	{"leaving", func(w *world) {
		w.ws.Close()
		done(w.c.RemoveUserFromChannel(ctx, w.channel.Id, w.bobby.Id))
		done(w.c.RemoveTeamMember(ctx, w.team.Id, w.bobby.Id))
		done(w.c.SoftDeleteTeam(ctx, w.team.Id))
		done(w.c.DeleteUser(ctx, w.bobby.Id))
		_, r, err := w.bob.GetMe(ctx, "")
		refused(401, r, err)
		done(w.c.Logout(ctx))
	}},
}
