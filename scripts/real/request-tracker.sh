#!/bin/sh
# A throw-away Request Tracker 5 on 127.0.0.1, for tests.
#
#   request-tracker.sh DIR PORT [HOOK_URL HOOK_SECRET]
#
# The first start in DIR builds the database; a later one only starts the server on it.
# Leaves DIR/token (of the user homing) and DIR/rt.pid; `kill $(cat DIR/rt.pid)` stops it.
# An agent is there: agent1, agent-pass-1. Mail that RT sends lands in DIR/mail and goes nowhere,
# unless SENDMAIL is set: to a command that reads a mail, e.g. "exim4 -C /tmp/mail/exim.conf -oi -t".
#
# Needs root (it runs RT as www-data, so DIR must be reachable for that user) and, on Debian:
#   apt-get install --no-install-recommends request-tracker5 rt5-standalone rt5-db-sqlite
set -eu

dir=$1
port=$2
hook=${3:-}
secret=${4:-}
here=$(cd "$(dirname "$0")" && pwd)
rt=/usr/share/request-tracker5

as_rt() {
  runuser -u www-data -- env \
    RT_SITE_CONFIG="$dir/RT_SiteConfig.pm" RT_SITE_CONFIG_DIR="$dir/site.d" "$@"
}

mkdir -p "$dir/site.d" "$dir/mail"

cat >"$dir/RT_SiteConfig.pm" <<CONFIG
Set(\$rtname, 'rt.test');
Set(\$Organization, 'rt.test');
Set(\$WebDomain, '127.0.0.1');
Set(\$WebPort, $port);
Set(\$WebPath, '');
Set(\$DatabaseType, 'SQLite');
Set(\$DatabaseName, '$dir/rt.sqlite');
Set(\$DatabaseHost, 'localhost');
Set(\$CorrespondAddress, 'support@rt.test');
Set(\$CommentAddress, 'support-comment@rt.test');
Set(\$OwnerEmail, 'root@rt.test');
Set(\$MailCommand, 'sendmailpipe');
Set(\$SendmailPath, '$dir/keep-mail');
Set(\$SendmailArguments, '');
Set(\$LogToSyslog, undef);
Set(\$LogToFile, undef);
Set(\$LogToSTDERR, 'warning');
1;
CONFIG

cat >"$dir/keep-mail" <<KEEP
#!/bin/sh
mail="$dir/mail/\$(date +%s%N)-\$\$.eml"
cat >"\$mail"
${SENDMAIL:-true} "\$@" <"\$mail"
KEEP
chmod 755 "$dir" "$dir/keep-mail"

cat >"$dir/setup.pl" <<'SETUP'
use strict;
use warnings;
use lib '/usr/share/request-tracker5/lib';
use RT;
RT->LoadConfig;
RT->Init;
require RT::AuthToken;

my ($scrip_file, $hook, $secret) = @ARGV;
my $system = RT->SystemUser;

sub worked { my ($ok, $message) = @_; die "$message\n" unless $ok; return $ok }

my $queue = RT::Queue->new($system);
$queue->Load('General');

my $everyone = RT::Group->new($system);
$everyone->LoadSystemInternalGroup('Everyone');
worked($everyone->PrincipalObj->GrantRight(Right => $_, Object => $queue))
    for qw(SeeQueue CreateTicket ReplyToTicket);

my $agent = RT::User->new($system);
worked($agent->Create(
    Name         => 'agent1',
    RealName     => 'Mia Agent',
    EmailAddress => 'agent1@rt.test',
    Password     => 'agent-pass-1',
    Privileged   => 1,
));
worked($agent->PrincipalObj->GrantRight(Right => $_, Object => $queue))
    for qw(SeeQueue ShowTicket ModifyTicket ReplyToTicket CommentOnTicket OwnTicket);

if ($hook) {
    open my $file, '<', $scrip_file or die "$scrip_file: $!";
    my $code = do { local $/; <$file> };
    $code =~ s/^(my \$relay\s*=\s*)'[^']*'/$1'$hook'/m     or die 'no line for the address';
    $code =~ s/^(my \$secret\s*=\s*)'[^']*'/$1'$secret'/m or die 'no line for the secret';
    my $scrip = RT::Scrip->new($system);
    worked($scrip->Create(
        Queue                  => 0,
        Description            => 'Tell Homing',
        ScripCondition         => 'User Defined',
        ScripAction            => 'User Defined',
        Template               => 'Blank',
        Stage                  => 'TransactionCreate',
        CustomIsApplicableCode => 'return $self->TransactionObj->Type =~ /^(?:Correspond|Status)$/;',
        CustomPrepareCode      => 'return 1;',
        CustomCommitCode       => $code,
    ));
}

# The rights that docs/connectors/request-tracker.md asks for, and no others.
my $relay = RT::User->new($system);
worked($relay->Create(Name => 'homing', EmailAddress => 'homing@rt.test', Privileged => 1));
worked($relay->PrincipalObj->GrantRight(Right => $_, Object => $queue))
    for qw(SeeQueue ShowTicket ShowTicketComments CommentOnTicket ModifyTicket);
my ($ok, $message, $token) =
    RT::AuthToken->new($system)->Create(Owner => $relay->id, Description => 'Homing');
worked($ok, $message);
print "$token\n";
SETUP

chown -R www-data:www-data "$dir"

if [ ! -s "$dir/token" ]; then
  cp "$here/../../docs/connectors/request-tracker-scrip.pl" "$dir/scrip.pl"
  chmod 644 "$dir/scrip.pl"
  as_rt rt-setup-database-5 --action init --skip-create --dba '' --dba-password '' \
    >"$dir/setup.log" 2>&1
  as_rt perl "$dir/setup.pl" "$dir/scrip.pl" "$hook" "$secret" 2>>"$dir/setup.log" >"$dir/token.new" ||
    { cat "$dir/setup.log" >&2; exit 1; }
  mv "$dir/token.new" "$dir/token"
fi

# The server becomes the child itself, so that its pid is the one to stop.
RT_SITE_CONFIG="$dir/RT_SiteConfig.pm" RT_SITE_CONFIG_DIR="$dir/site.d" \
  setsid setpriv --reuid=www-data --regid=www-data --clear-groups \
  "$rt/libexec/rt-server" --server Starlet --host 127.0.0.1 --port "$port" --max-workers 3 \
  >>"$dir/server.log" 2>&1 &
echo $! >"$dir/rt.pid"

tries=0
until curl -fs -o /dev/null -H "Authorization: token $(cat "$dir/token")" \
  "http://127.0.0.1:$port/REST/2.0/rt"; do
  tries=$((tries + 1))
  if [ $tries -gt 100 ] || ! kill -0 "$(cat "$dir/rt.pid")" 2>/dev/null; then
    tail -n 20 "$dir/server.log" >&2
    exit 1
  fi
  sleep 0.2
done
echo "Request Tracker answers on http://127.0.0.1:$port"
