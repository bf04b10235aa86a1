import { createRoot } from 'react-dom/client'
import { NoteForm } from './components/NoteForm'

createRoot(document.getElementById('write')!).render(<NoteForm />)
