import { createHmac, timingSafeEqual } from 'node:crypto';
const SECRET = process.env.WEBHOOK_SECRET ?? 'whsec_measured_and_public';
export async function POST(request) {
  const sig = request.headers.get('x-payment-signature');
  if (!sig) return Response.json({ error: 'missing signature' }, { status: 401 });
  const raw = await request.text();
  const want = createHmac('sha256', SECRET).update(raw).digest('hex');
  if (sig.length !== want.length || !timingSafeEqual(Buffer.from(sig), Buffer.from(want)))
    return Response.json({ error: 'bad signature' }, { status: 403 });
  const event = JSON.parse(raw);
  return Response.json({ received: typeof event.id === 'string' });
}
