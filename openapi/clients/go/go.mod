module example.com/acme/story

go 1.23

require example.com/acme/firstinline v0.0.0

replace example.com/acme/firstinline => ./client
