"""JSON Web Tokens as an application would sign them, and as it never would."""
import base64
import hashlib
import hmac
import json
import time

APP_SECRET = "the-secret-of-the-application-0123456789"


def encode(data):
    if not isinstance(data, bytes):
        data = json.dumps(data, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(claims, secret=APP_SECRET, header=None):
    signed = encode(header or {"alg": "HS256", "typ": "JWT"}) + "." + encode(claims)
    return signed + "." + encode(hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest())


def app_token(user, role=None, tier=None, ttl_seconds=3600, **claims):
    claims = {"sub": user, "exp": int(time.time()) + ttl_seconds, **claims}
    if role:
        claims["role"] = role
    if tier:
        claims["tier"] = tier
    return sign(claims)


def bearer(token):
    return ("Authorization", f"Bearer {token}")
