"""What the authors of the two corpora's replies wrote, read off by hand.

By file name; runs of empty lines and of more than five ">" count as one in the comparison.
"""

AUTHORS_WORDS: dict[str, str] = {
    "correct_sig": """\
this is an email with a correct -- signature.""",
    "email_1_1": """\
Hi folks

What is the best way to clear a Riak bucket of all key, values after
running a test?
I am currently using the Java HTTP API.""",
    "email_1_2": """\
Hi,

You can list the keys for the bucket and call delete for each. Or if you
put the keys (and kept track of them in your test) you can delete them
one at a time (without incurring the cost of calling list first.)

Something like:

        String bucket = "my_bucket";
        BucketResponse bucketResponse = riakClient.listBucket(bucket);
        RiakBucketInfo bucketInfo = bucketResponse.getBucketInfo();

        for(String key : bucketInfo.getKeys()) {
            riakClient.delete(bucket, key);
        }


would do it.

See also

http://wiki.basho.com/REST-API.html#Bucket-operations

which says

"At the moment there is no straightforward way to delete an entire
Bucket. There is, however, an open ticket for the feature. To delete all
the keys in a bucket, you’ll need to delete them all individually.\"""",
    "email_1_3": """\
Oh thanks.

Having the function would be great.""",
    "email_1_4": """\
Awesome! I haven't had another problem with it.""",
    "email_1_5": """\
One: Here's what I've got.

- This would be the first bullet point that wraps to the second line
to the next
- This is the second bullet point and it doesn't wrap
- This is the third bullet point and I'm having trouble coming up with enough
to say
- This is the fourth bullet point

Two:
- Here is another bullet point
- And another one

This is a paragraph that talks about a bunch of stuff. It goes on and on
for a while.""",
    "email_1_6": """\
I get proper rendering as well.""",
    "email_1_7": """\
:+1:""",
    "email_1_8": """\
I will reply under this one

and under this.""",
    "email_2_1": """\
Outlook with a reply""",
    "email_2_2": """\
Outlook with a reply directly above line""",
    "github/email_2_3": """\
Outlook with a reply directly above line""",
    "zapier/email_2_3": """\
Outlook with a reply above headers using unusual format""",
    "email_BlackBerry": """\
Here is another email""",
    "email_iPhone": """\
Here is another email""",
    "email_multi_word_sent_from_my_mobile_device": """\
Here is another email""",
    "email_bullets": """\
test 2 this should list second

and have spaces

and retain this formatting


   - how about bullets
   - and another""",
    "email_gmail": """\
This is a test for inbox replying to a github message.""",
    "email_headers_no_delimiter": """\
And another reply!""",
    "email_one_is_not_on": """\
Thank, this is really helpful.

One outstanding question I had:

Locally (on development), when I run...""",
    "email_sent_from_my_not_signature": """\
Here is another email

Sent from my desk, is much easier then my mobile phone.""",
    "email_sig_delimiter_in_middle_of_line": """\
Hi there!

Stuff happened.

And here is a fix -- this is not a signature.

kthxbai""",
    "greedy_on": """\
On your remote host you can run:

     telnet 127.0.0.1 52698

This should connect to TextMate (on your Mac, via the tunnel). If that
fails, the tunnel is not working.""",
    "email_partial_quote_header": """\
On your remote host you can run:

     telnet 127.0.0.1 52698

This should connect to TextMate (on your Mac, via the tunnel). If that
fails, the tunnel is not working.""",
    "pathological": """\
I think you're onto something. I will try to fix the problem as soon as I
get back to a computer.""",
    "email_long_quote": """\
Hi folks

What is the best way to clear a Riak bucket of all key, values after
running a test?

asdf
A>>>>>
I am currently using the Java HTTP API.""",
}
