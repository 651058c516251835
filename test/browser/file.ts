/** A page that is a file on the disk, in headless Chromium. */
import { pathToFileURL } from 'node:url';
import { chromium, type BrowserContextOptions, type Page } from 'playwright-core';
import { FLAGS } from './chromium.js';

export interface FileSession {
  readonly page: Page;
  /** What the page said is wrong, and what it asked for beside itself. */
  readonly errors: string[];
  readonly requests: string[];
  close(): Promise<void>;
}

export async function openFile(executablePath: string, path: string, options: BrowserContextOptions = {}): Promise<FileSession> {
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  try {
    const page = await browser.newPage(options);
    const errors: string[] = [], requests: string[] = [];
    const url = pathToFileURL(path).href;
    page.on('pageerror', (e) => errors.push(e.message));
    page.on('console', (m) => errors.push(`${m.type()}: ${m.text()}`));
    page.on('dialog', (d) => {
      errors.push(`a dialog: ${d.message()}`);
      void d.dismiss();
    });
    page.on('request', (r) => {
      if (r.url() !== url && !r.url().startsWith('data:')) requests.push(r.url());
    });
    await page.goto(url);
    return { page, errors, requests, close: () => browser.close() };
  } catch (error) {
    await browser.close();
    throw error;
  }
}
