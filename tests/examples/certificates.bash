# Sourced: certificates in the folder $certificates, made with openssl(1).
#   authority.pem  localhost.pem localhost.key  lamp.pem lamp.key

certificates=$(mktemp -d)

new_key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)

make_authority()
{
    openssl req -x509 "${new_key[@]}" -days 2 -subj '/CN=Example CA' \
        -keyout "$certificates/authority.key" -out "$certificates/authority.pem" 2>/dev/null
}

make_certificate() # NAME
{
    openssl req "${new_key[@]}" -subj "/CN=$1" -addext "subjectAltName=DNS:$1" \
        -keyout "$certificates/$1.key" -out "$certificates/$1.csr" 2>/dev/null
    openssl x509 -req -in "$certificates/$1.csr" -days 2 -copy_extensions copy \
        -CA "$certificates/authority.pem" -CAkey "$certificates/authority.key" \
        -out "$certificates/$1.pem" 2>/dev/null
}

command -v openssl >/dev/null || { echo "there is no openssl"; exit 77; }
make_authority
make_certificate localhost
make_certificate lamp
