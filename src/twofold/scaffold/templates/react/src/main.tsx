import { createRoot } from 'react-dom/client'
import { NoteForm } from './components/NoteForm'

createRoot(document.getElementById('note-form')!).render(<NoteForm />)
