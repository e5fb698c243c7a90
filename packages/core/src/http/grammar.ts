/** `token`: the name of a header, a cookie or a scheme. @see RFC 9110 section 5.6.2 */
export const TOKEN: RegExp = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** `b64token`, a bearer: no comma, so joined fields fail, and no space. @see RFC 6750 section 2.1 */
export const B64TOKEN: RegExp = /^[A-Za-z0-9\-._~+/]+=*$/

/** A key in its own header: visible ASCII without a comma, so that joined fields fail. */
export const HEADER_KEY: RegExp = /^[\x21-\x2b\x2d-\x7e]+$/
