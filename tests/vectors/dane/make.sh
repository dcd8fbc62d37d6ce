#!/bin/sh
# Makes the certificates here anew; their keys are thrown away.
set -eu
cd "$(dirname "$0")"
keys=$(mktemp -d)
trap 'rm -rf "$keys"' EXIT
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$keys/$1.key"; }
# name, subject, issuer, extensions
certificate() {
  key "$1"
  openssl req -new -key "$keys/$1.key" -subj "/CN=$2" -out "$keys/$1.csr"
  printf '%s\n' "$4" > "$keys/$1.ext"
  mkdir -p "$keys/db"
  : > "$keys/db/index.txt"
  printf '[ca]\ndefault_ca=x\n[x]\ndatabase=%s\nnew_certs_dir=%s\nrand_serial=yes\ndefault_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n' \
    "$keys/db/index.txt" "$keys/db" > "$keys/ca.cnf"
  if [ "$3" = "$1" ]; then by="-selfsign"; else by="-cert $keys/$3.pem"; fi
  # shellcheck disable=SC2086
  openssl ca -batch -config "$keys/ca.cnf" $by -keyfile "$keys/$3.key" -in "$keys/$1.csr" -out "$keys/$1.pem" -notext \
    -startdate 20260101000000Z -enddate 20270101000000Z -extfile "$keys/$1.ext" 2>/dev/null
  openssl x509 -in "$keys/$1.pem" -outform DER -out "$1.der"
  openssl x509 -in "$keys/$1.pem" -noout -pubkey | openssl pkey -pubin -outform DER -out "$keys/$1.spki"
  for digest in sha256 sha512; do
    openssl dgst -$digest -r "$1.der" | cut -d' ' -f1 > "$1.$digest.txt"
    openssl dgst -$digest -r "$keys/$1.spki" | cut -d' ' -f1 > "$1.key.$digest.txt"
  done
}
authority='basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign'
certificate root 'Test Root' root "$authority"
certificate ca 'Test Authority' root "$authority"
certificate leaf mx.example.net ca 'subjectAltName=DNS:mx.example.net
extendedKeyUsage=serverAuth'
certificate stranger mx.example.net stranger 'subjectAltName=DNS:mx.example.net
extendedKeyUsage=serverAuth'
