/* irq_to_desc() is for the kernel itself; modules may call the two functions that make it up. */
#include <linux/irq.h>
#include <linux/irqdesc.h>

#define irq_to_desc(irq) irq_data_to_desc(irq_get_irq_data(irq))
