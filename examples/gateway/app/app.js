// SPDX-License-Identifier: Apache-2.0
// What the app does: it never sees a token. Its gateway has them, and the browser a cookie that no script can read.
const headers = { 'X-Cambist-Gateway': '1', 'Content-Type': 'application/json' };
const show = (what) => { document.getElementById('answer').textContent = JSON.stringify(what, null, 2); };

async function ask(path, body) {
  const answer = await fetch(path, { method: body ? 'POST' : 'GET', headers, body: body && JSON.stringify(body) });
  const told = await answer.json();
  if (answer.status === 401) await who(); // the session has ended
  return told;
}

async function logIn(event) {
  event.preventDefault();
  const { user, password } = Object.fromEntries(new FormData(event.target));
  const { code_challenge } = await ask('/gateway/start', {});
  const made = await ask('/api/login/', { user, password, code_challenge });
  show(made.code ? await ask('/gateway/login', { code: made.code }) : made);
  await who();
}

async function who() {
  const { loggedIn, user } = await (await fetch('/gateway/session', { headers })).json();
  document.getElementById('who').textContent = loggedIn ? `You are ${user}.` : 'You are not logged in.';
}

document.getElementById('login').addEventListener('submit', logIn);
for (const name of ['orders', 'invoices'])
  document.getElementById(name).addEventListener('click', async () => show(await ask(`/api/${name}/`)));
document.getElementById('logout').addEventListener('click', async () => { show(await ask('/gateway/logout', {})); await who(); });
who();
