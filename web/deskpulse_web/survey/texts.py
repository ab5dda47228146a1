"""Every word that a customer reads, in one place, so that other languages can come."""

from __future__ import annotations

from types import SimpleNamespace

from deskpulse.surveys import wording

ENGLISH = SimpleNamespace(
    language="en",
    title="How did we do?",
    question=wording.QUESTION,
    lowest=wording.LOWEST,
    highest=wording.HIGHEST,
    of_ten="of 10",
    about="About your ticket",
    praise="What went well?",
    blame="What let you down?",
    missed="What could have been better?",
    neutral="What influenced your score?",
    any_number="Choose as many as you like",
    comment="Anything you would like to add?",
    optional="optional",
    contact="Please contact me about this",
    send="Send my answer",
    change="Save my answer",
    purpose="Your answer goes to {organisation} together with the ticket.",
    opt_out="Do not ask me again",
    not_read="Nobody should follow this link",
    may_change="You answered on {when}. You can change your answer until {until}.",
    test="This is a test link: nothing will be stored.",
    test_done="This was a test: nothing was stored.",
    thanks="Thank you",
    thanks_text="{organisation} has received your answer and will read it.",
    contact_follows="Someone will contact you, as you asked.",
    you_may_close="You can close this page.",
    was_cut="Your comment was longer than {limit} characters; we kept the first {limit}.",
    change_until="Changed your mind? You can change your answer until {until}.",
    change_link="Change my answer",
    answered="Already answered",
    answered_text="An answer to this question was sent on {when}. It can no longer be changed from here.",
    your_score="Score",
    your_factors="Reasons",
    your_comment="Comment",
    contact_asked="Contact was asked for.",
    confirm="One more press, please",
    confirm_text="We could not be sure that a person sent this, as some mail programs press buttons by themselves. "
    "Press once more, and your answer counts.",
    confirm_button="Yes, send my answer",
    held="Your answer was received",
    held_text="Something on this device opened our links by itself, so a person at {organisation} will check your "
    "answer before it counts. There is nothing else for you to do.",
    expired="This survey has ended",
    expired_text="The time for answering was over on {when}. If you still want to tell {organisation} something, "
    "please reply to the message about your ticket.",
    withdrawn="We are not done yet",
    withdrawn_text="Your ticket is being worked on again, so {organisation} took this question back. "
    "You may be asked once the ticket is solved.",
    unknown="We do not know this link",
    unknown_text="Some mail programs break long links in two. Please open the link from the message once more, "
    "or copy it as a whole.",
    bad_link="This link does not work",
    bad_link_text="{problem} Please tell the people who sent you the message.",
    bad_signature="This link does not work",
    bad_signature_text="It was changed on its way, or was not made for this page. Please open the link from the "
    "message once more.",
    too_large="That is too much text",
    too_large_text="Nothing has been sent. Go back: your text should still be there. Please shorten it, "
    "then send it again.",
    bad_request="We could not read that",
    bad_request_text="Nothing has been sent. Go back, or open the link from the message once more.",
    flooded="Too many answers",
    flooded_text="Hundreds of answers came through this link, so it takes no more. If you could not answer, "
    "please reply to the message about your ticket.",
    no_score="Please choose a number from 0 to 10.",
    no_score_title="Error: ",
    for_machines="There is nothing here",
    for_machines_text="This page only tells programs from people.",
    to_survey="To the survey",
    back="Back to the survey",
    ask_no_more="Do you want us to stop asking?",
    ask_no_more_text="{organisation} will no longer ask you how satisfied you were. Messages about your tickets "
    "are not affected.",
    ask_no_more_button="Do not ask me again",
    asked_no_more="We will not ask you again",
    asked_no_more_text="{organisation} will no longer ask you how satisfied you were.",
    ask_again="Changed your mind?",
    ask_again_button="You may ask me again",
)
