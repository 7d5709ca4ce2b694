#!/usr/bin/env bash
# Makes the time-stamps of this folder with OpenSSL 3: an authority of its own, thrown away afterwards.
# Keys are new at each run, so all files change together.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > openssl.cnf << 'CNF'
[req]
distinguished_name = name
prompt = no
[name]
O = Example Authority
CN = Example
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[between]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign
[signer]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
[tsa]
serial = serial
crypto_device = builtin
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256
accuracy = secs:1, millisecs:500
ordering = yes
tsa_name = no
ess_cert_id_chain = no
CNF
echo 01 > serial
export OPENSSL_CONF=$work/openssl.cnf

# certificate NAME KEY_OPTIONS ISSUER SECTION: NAME.key and NAME.pem, signed with SIGNED_BY as options.
certificate() {
  local name=$1 key=$2 issuer=$3 section=$4
  # shellcheck disable=SC2086
  openssl req -new -nodes -newkey $key -keyout "$name.key" -out "$name.csr" -subj "/O=Example Authority/CN=Example $name" 2> /dev/null
  local by=(-CA "$issuer.pem" -CAkey "$issuer.key" -CAcreateserial)
  [ "$name" = "$issuer" ] && by=(-signkey "$name.key")
  openssl x509 -req -in "$name.csr" "${by[@]}" -days 3650 -extfile openssl.cnf -extensions "$section" ${SIGNED_BY:-} -out "$name.pem" 2> /dev/null
}

# reply NAME SIGNER DIGEST ESS_DIGEST CHAIN...: NAME.tsr and NAME.chain.pem
reply() {
  local name=$1 signer=$2 digest=$3 ess=$4
  shift 4
  sed "s/^\[tsa\]/[tsa]\nsigner_digest = $digest\ness_cert_id_alg = $ess/" openssl.cnf > reply.cnf
  openssl ts -reply -config reply.cnf -section tsa -queryfile head.tsq -signer "$signer.pem" -inkey "$signer.key" -out "$here/$name.tsr" 2> /dev/null
  cat "$@" > "$here/$name.chain.pem"
  openssl ts -verify -data head.note -in "$here/$name.tsr" -CAfile "$here/$name.chain.pem" > /dev/null 2>&1
}

printf 'casebook/00000000-0000-4000-8000-000000000000\n7\n%s\n\n' "$(printf 'a root' | openssl dgst -sha256 -binary | base64)" > head.note
openssl ts -query -config openssl.cnf -data head.note -sha256 -cert -out head.tsq 2> /dev/null
cp head.note head.tsq "$here"

certificate rsa-root rsa:2048 rsa-root root
certificate rsa-signer rsa:2048 rsa-root signer
reply rsa rsa-signer sha256 sha256 rsa-root.pem
reply ess-sha1 rsa-signer sha512 sha1 rsa-root.pem

p256="ec -pkeyopt ec_paramgen_curve:P-256" p384="ec -pkeyopt ec_paramgen_curve:P-384"
certificate p256-root "$p256" p256-root root
certificate p256-signer "$p256" p256-root signer
reply p256 p256-signer sha512 sha256 p256-root.pem

SIGNED_BY=-sha384 certificate p384-root "$p384" p384-root root
SIGNED_BY=-sha512 certificate p384-between "$p384" p384-root between
SIGNED_BY=-sha384 certificate p384-signer "$p384" p384-between signer
reply p384 p384-signer sha384 sha384 p384-between.pem p384-root.pem

SIGNED_BY="-sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32" certificate pss-root rsa:2048 pss-root root
SIGNED_BY="-sha384 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:48" certificate pss-signer rsa:2048 pss-root signer
reply pss pss-signer sha256 sha256 pss-root.pem
