#!/bin/sh
# Throw-away mail servers on 127.0.0.1, for tests: exim takes mail, dovecot shows a mailbox.
#
#   mail-servers.sh DIR SMTP_PORT IMAP_PORT IMAPS_PORT [RT_PORT]
#
# Mail to rt.test goes into the Request Tracker on RT_PORT, mail to anybody at chat.test into the
# mailbox in DIR/boxes/chat.test (any user, password imap-pass), mail to bounce.test comes back, and
# all else is refused. SMTP offers STARTTLS and the login relay, smtp-pass, and needs neither.
#
# Leaves DIR/exim.pid, DIR/dovecot.pid and DIR/ca.pem, the authority behind the certificate for
# localhost. `kill $(cat DIR/exim.pid) $(cat DIR/dovecot.pid)` stops both. What one of them is to
# send by hand goes in with `exim4 -C DIR/exim.conf -oi -t`.
#
# Needs root (it runs exim as www-data, so DIR must be reachable for that user) and, on Debian:
#   apt-get install --no-install-recommends exim4-daemon-light dovecot-imapd rt5-clients openssl curl
set -eu

dir=$1
smtp=$2
imap=$3
imaps=$4
rt=${5:-9}

mkdir -p "$dir/spool" "$dir/log" "$dir/boxes" "$dir/run"

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
  -addext subjectAltName=DNS:localhost -keyout "$dir/key.pem" -out "$dir/ca.pem" 2>"$dir/log/openssl"

cat >"$dir/exim.conf" <<CONFIG
primary_hostname = mx.test
exim_user = www-data
exim_group = www-data
spool_directory = $dir/spool
log_file_path = $dir/log/exim-%slog
pid_file_path = $dir/run/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = $smtp
tls_advertise_hosts = *
tls_certificate = $dir/ca.pem
tls_privatekey = $dir/key.pem
auth_advertise_hosts = *
keep_environment =
trusted_users = www-data
queue_run_in_order = true
domainlist known = rt.test : chat.test : bounce.test
acl_smtp_rcpt = recipients
acl_smtp_data = data

begin acl
recipients:
  accept domains = +known
  deny message = relay not permitted
data:
  accept

begin routers
tracker:
  driver = accept
  domains = rt.test
  transport = tracker
mailbox:
  driver = accept
  domains = chat.test
  transport = mailbox
bounce:
  driver = redirect
  domains = bounce.test
  allow_fail
  data = :fail: nobody is here

begin transports
tracker:
  driver = pipe
  command = /usr/bin/rt-mailgate-5 --queue General --action correspond --url http://127.0.0.1:$rt/
  user = www-data
  group = www-data
  return_fail_output
mailbox:
  driver = appendfile
  directory = $dir/boxes/chat.test
  maildir_format
  create_directory
  delivery_date_add
  envelope_to_add
  return_path_add
  user = www-data
  group = www-data

begin retry
* * F,1m,5s

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and{{eq{\$auth2}{relay}}{eq{\$auth3}{smtp-pass}}}}
  server_set_id = \$auth2
CONFIG

cat >"$dir/dovecot.conf" <<CONFIG
base_dir = $dir/run
state_dir = $dir/run
log_path = $dir/log/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <$dir/ca.pem
ssl_key = <$dir/key.pem
disable_plaintext_auth = no
default_internal_user = dovecot
default_login_user = dovenull
service imap-login {
  inet_listener imap {
    port = $imap
  }
  inet_listener imaps {
    port = $imaps
    ssl = yes
  }
}
service anvil {
  chroot =
}
passdb {
  driver = static
  args = password=imap-pass
}
userdb {
  driver = static
  args = uid=www-data gid=www-data home=$dir/boxes/chat.test
}
first_valid_uid = 33
mail_location = maildir:$dir/boxes/chat.test
namespace inbox {
  inbox = yes
}
CONFIG

chown -R www-data:www-data "$dir"
chmod 755 "$dir" "$dir/run"

setsid setpriv --reuid=www-data --regid=www-data --clear-groups \
  exim4 -C "$dir/exim.conf" -bdf -q2s >"$dir/log/exim.out" 2>&1 &
echo $! >"$dir/exim.pid"
setsid dovecot -F -c "$dir/dovecot.conf" >"$dir/log/dovecot.out" 2>&1 &
echo $! >"$dir/dovecot.pid"

tries=0
until curl -fs -o /dev/null "smtp://127.0.0.1:$smtp" -X NOOP &&
  curl -fs -o /dev/null -k "imaps://127.0.0.1:$imaps" -X NOOP; do
  tries=$((tries + 1))
  if [ $tries -gt 100 ]; then
    tail -n 20 "$dir"/log/* >&2
    exit 1
  fi
  sleep 0.1
done
echo "mail is taken on 127.0.0.1:$smtp and shown on 127.0.0.1:$imap"
