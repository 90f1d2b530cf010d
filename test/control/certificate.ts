/** A certificate of localhost and 127.0.0.1 for tests of TLS, signed by itself; it guards nothing. */
export const CERTIFICATE: { readonly cert: string; readonly key: string } = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUW3pTCx/9H1AMFCxtaerzzwJ4kN4wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTEyNDYyMloYDzIxMjYxMDI4
MTI0NjIyWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARn8BTqOc3hHkGpBGq2Lm/pNdkMZCMF1nlo2+mRa4rbr80AZut3bpaJ
3ShauXWk6nFeBuKWd/dH/qnXVcVjIVXWo28wbTAdBgNVHQ4EFgQU6T0nnZ5Wim0e
n6zu4+ZDl8/lbXIwHwYDVR0jBBgwFoAU6T0nnZ5Wim0en6zu4+ZDl8/lbXIwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIhAM4cX3VxfA7v3ODNyxot0k9sQlWEdNKpPJdn7B1ogqMFAiAo
vSmggAAxvK6TI5aKaUIJoal98VSK/aofvvFACkD7Fg==
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgnZ63bTXOjSj7m/1c
NlNQQgj0HfLedAhu7mMgvn9TIhChRANCAARn8BTqOc3hHkGpBGq2Lm/pNdkMZCMF
1nlo2+mRa4rbr80AZut3bpaJ3ShauXWk6nFeBuKWd/dH/qnXVcVjIVXW
-----END PRIVATE KEY-----
`,
}
