"""What has changed, in one order that every reader sees alike: the stream that others follow."""
