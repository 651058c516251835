/** Which driver is installed on which system. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { backportsSource, driverPlan, howToInstall, parseAptSources, type Os } from '../../tools/setup/system.js';

const os = (id: string, version: number, codename = ''): Os => ({ id, version, codename, name: id });

// ---------------------------------------------------------------- driverPlan

const plan = suite('driverPlan');

plan('Debian 12 takes the driver from backports', () => assert.is(driverPlan(os('debian', 12, 'bookworm'))?.suite, 'bookworm-backports'));
plan('Debian 13 and Ubuntu 24.04 have it', () => {
  assert.is(driverPlan(os('debian', 13, 'trixie'))?.suite, null);
  assert.is(driverPlan(os('ubuntu', 24.04, 'noble'))?.suite, null);
});
plan('older and unknown systems are left alone', () => {
  for (const other of [os('debian', 11), os('ubuntu', 22.04), os('fedora', 40), null]) assert.is(driverPlan(other), null);
});

plan.run();

// ---------------------------------------------------------------- parseAptSources, backportsSource

const apt = suite('apt sources');

const deb822 = `Types: deb
# a comment
URIs: http://mirror.test/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/archive.gpg

Types: deb-src
URIs: http://mirror.test/source
Suites: bookworm

Types: deb
Enabled: no
URIs: http://mirror.test/off
Suites: sid
`;

apt('deb822: what is switched off or holds sources does not count', () => {
  assert.equal(parseAptSources(deb822, 'deb822'), [
    { uris: 'http://mirror.test/debian', suites: ['bookworm', 'bookworm-updates'], signedBy: '/usr/share/keyrings/archive.gpg' },
  ]);
});
apt('one line each, with options or without', () => {
  const text = '# deb http://mirror.test/off sid main\ndeb [arch=amd64 signed-by=/k.gpg] http://mirror.test/a bookworm main\n' +
    'deb-src http://mirror.test/b sid main\ndeb http://mirror.test/c sid main';
  assert.equal(parseAptSources(text, 'one-line'), [
    { uris: 'http://mirror.test/a', suites: ['bookworm'], signedBy: '/k.gpg' },
    { uris: 'http://mirror.test/c', suites: ['sid'], signedBy: null },
  ]);
});
apt('backports come from where the system itself comes from', () => {
  assert.is(backportsSource('bookworm-backports', parseAptSources(deb822, 'deb822')),
    'Types: deb\nURIs: http://mirror.test/debian\nSuites: bookworm-backports\nComponents: main\n' +
      'Signed-By: /usr/share/keyrings/archive.gpg\n');
});
apt('nothing is added where they are there, or where the source is not known', () => {
  assert.is(backportsSource('bookworm-backports', [{ uris: 'u', suites: ['bookworm', 'bookworm-backports'], signedBy: null }]), null);
  assert.is(backportsSource('bookworm-backports', []), null);
});

apt.run();

// ---------------------------------------------------------------- howToInstall

const how = suite('howToInstall');

for (const system of [os('debian', 13), os('debian', 11), os('fedora', 40), os('arch', NaN), null]) {
  how(`${system?.id ?? 'no Linux'} ${system?.version ?? ''}: something to do`, () => assert.ok(howToInstall(system).join('').length > 20));
}

how.run();
