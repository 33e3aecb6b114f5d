# Tells Homing about answers and changed statuses. Goes into the scrip's "Custom action commit code".
# These two lines are yours to fill in; the secret is the one in the connector's webhookSecrets.
my $relay  = 'https://relay.example.com/v1/hooks/rt';
my $secret = 'at least twelve characters, better thirty';

require Digest::SHA;
require JSON;
require LWP::UserAgent;

my $txn     = $self->TransactionObj;
my $ticket  = $self->TicketObj;
my $creator = $txn->CreatorObj;
my $first   = $txn->Attachments->First;
my $asked   = $ticket->IsWatcher(Type => 'Requestor', PrincipalId => $creator->PrincipalId);

my $body = JSON->new->utf8->canonical->encode({
    id           => 'txn-' . $txn->id,
    ticket       => $ticket->id + 0,
    type         => $txn->Type,
    created      => $txn->CreatedObj->W3CDTF(Timezone => 'UTC'),
    creator      => $creator->Name,
    creator_name => $creator->RealName,
    requestor    => $asked ? JSON::true() : JSON::false(),
    old_value    => $txn->OldValue,
    new_value    => $txn->NewValue,
    message_id   => $first ? $first->MessageId : undef,
    content      => $txn->Type eq 'Correspond' ? $txn->Content(Type => 'text/plain') : undef,
    attachments  => [
        map { { id => $_->id + 0, filename => $_->Filename, type => $_->ContentType } }
        grep { $_->Filename } @{ $txn->Attachments->ItemsArrayRef }
    ],
});

my $id        = 'txn-' . $txn->id;
my $timestamp = time;
my $signature = Digest::SHA::hmac_sha256_base64("$id.$timestamp.$body", $secret);
$signature .= '=' while length($signature) % 4;

# RT waits for this answer. It is only a hint: Homing asks RT for what it was not told.
LWP::UserAgent->new(timeout => 3)->post(
    $relay,
    'Content-Type'      => 'application/json',
    'webhook-id'        => $id,
    'webhook-timestamp' => $timestamp,
    'webhook-signature' => "v1,$signature",
    Content             => $body,
);
return 1;
